//! The neutral words in Slack's form: cards as blocks, forms as views, and what was filled in back again.
//!
//! Invariants: text from people becomes `plain_text` or `rich_text`, never `mrkdwn`, so that it can form no mention, link or markup;
//! what is `mrkdwn` is ours, escaped once; every limit of Slack is kept by cutting with a visible "…", counted in code points.
//! Blocks are built as plain JSON: `docs/decisions/slack-client.md`. Neighbours: `egress`, `ingress`.

pub mod card;
pub mod entered;
pub mod form;
pub mod pages;
pub mod text;

/// Slack's limits. Sources: Slack's own SDKs in two languages and a third party's validator agree on them.
pub mod limits {
    /// Blocks in a message.
    pub const MESSAGE_BLOCKS: usize = 50;
    /// Blocks in a view.
    pub const VIEW_BLOCKS: usize = 100;
    /// A header.
    pub const HEADER: usize = 150;
    /// The text of a section; our own limit for a rich text, for which Slack names none.
    pub const TEXT: usize = 3_000;
    /// A field of a section.
    pub const FIELD: usize = 2_000;
    /// Fields of a section.
    pub const FIELDS: usize = 10;
    /// An element of a context block.
    pub const SMALL: usize = 2_000;
    /// Elements of a context block.
    pub const SMALLS: usize = 10;
    /// Elements of an actions block.
    pub const BUTTONS: usize = 25;
    /// A button's words.
    pub const BUTTON: usize = 75;
    /// A button's value.
    pub const VALUE: usize = 2_000;
    /// Title, submit and close of a view.
    pub const TITLE: usize = 24;
    /// What a view remembers.
    pub const METADATA: usize = 3_000;
    /// An option's words.
    pub const OPTION: usize = 75;
    /// Options of a menu.
    pub const OPTIONS: usize = 100;
    /// Options of radio buttons and check boxes.
    pub const FEW: usize = 10;
    /// A label or hint.
    pub const LABEL: usize = 2_000;
    /// What can be typed.
    pub const INPUT: u32 = 3_000;
    /// The text beside the blocks, for notifications: Slack advises 4,000 and cuts hard at 40,000.
    pub const FALLBACK: usize = 3_000;
    /// All words of a message together: ours. Slack refuses long block lists (`msg_blocks_too_long`) at a length it does not name.
    pub const MESSAGE: usize = 12_000;
}
