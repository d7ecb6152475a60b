//! The macro behind every closed vocabulary: one list of variants, one word each, the same in code, database and record.
//!
//! Invariants: `as_str` and `FromStr` are inverse; serde uses the same word. Neighbours: every enum of `domain` that is stored.

/// A text that is not a word of a closed vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not a {vocabulary}; it is one of {allowed}")]
pub struct NotAWord {
    /// The name of the vocabulary.
    pub vocabulary: &'static str,
    /// What was found (capped).
    pub found: String,
    /// The words that are allowed.
    pub allowed: String,
}

macro_rules! vocabulary {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word that stands for it in the record.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::domain::vocabulary::NotAWord;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($word => Ok(Self::$variant),)+
                    other => Err(crate::domain::vocabulary::NotAWord {
                        vocabulary: stringify!($name),
                        found: other.chars().take(40).collect(),
                        allowed: [$($word),+].join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use vocabulary;
