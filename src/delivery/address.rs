//! From a recipient to a place on a platform. Pure.
//!
//! Invariants: a person is answered on the account it used, else reached where the case is worked on, else on the first platform of the settings
//! where it has an account; what belongs into a case's thread is never posted elsewhere while its card may still come; a case is worked on where the settings say or where it was reported first,
//! or on the first platform of the settings if that one does not run here. Neighbours: `plan` looks the facts up.

use crate::chat::platform::Target;
use crate::domain::{
    event_report::MessageRef,
    notification::{NotificationKind, Recipient},
    person::{Identity, Person, PlatformId},
};

/// The card of the case, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CardMessage {
    /// It stands here.
    At(MessageRef),
    /// It is still on its way.
    Coming,
    /// It gave up, or there is none.
    Never,
}

/// Where something goes, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// There.
    To(PlatformId, Target),
    /// Not yet: why.
    Wait(&'static str),
    /// Nowhere: why, in words.
    Nowhere(String),
}

/// Where a notification goes; `home` is the platform that the case is worked on.
#[must_use]
pub fn way(
    kind: NotificationKind,
    to: &Recipient,
    person: Option<&Person>,
    card: &CardMessage,
    home: Option<PlatformId>,
    platforms: &[PlatformId],
) -> Way {
    let here = home.filter(|home| platforms.contains(home));
    let queue = || match here.as_ref().or(platforms.first()) {
        Some(platform) => Way::To(*platform, Target::Queue),
        None => Way::Nowhere("no chat platform is connected".to_owned()),
    };
    match (to, card) {
        (Recipient::Person { via, .. }, _) => direct(via.as_ref(), person, here, platforms),
        (Recipient::Queue, CardMessage::At(message)) if kind == NotificationKind::CaseCard => {
            on(message, platforms, Target::Update)
        }
        (Recipient::Queue, _) => queue(),
        (Recipient::CaseThread, CardMessage::At(message)) => on(message, platforms, Target::Thread),
        (Recipient::CaseThread, CardMessage::Coming) => {
            Way::Wait("the case card has not been posted yet")
        }
        // Better in the channel than unsaid.
        (Recipient::CaseThread, CardMessage::Never) => queue(),
    }
}

/// Where somebody is written to: on the account they used, else where the case is worked on, else on the first platform of the settings.
fn direct(
    via: Option<&Identity>,
    person: Option<&Person>,
    home: Option<PlatformId>,
    platforms: &[PlatformId],
) -> Way {
    let known = person.map_or(&[][..], |person| &person.identities);
    let order = home.iter().chain(platforms);
    let account = via
        .filter(|used| platforms.contains(&used.platform))
        .or_else(|| {
            order
                .filter_map(|platform| known.iter().find(|one| one.platform == *platform))
                .next()
        });
    match account {
        Some(identity) => Way::To(identity.platform, Target::Direct(identity.clone())),
        None => Way::Nowhere("the person has no account on a connected chat platform".to_owned()),
    }
}

fn on(message: &MessageRef, platforms: &[PlatformId], target: fn(MessageRef) -> Target) -> Way {
    if platforms.contains(&message.platform) {
        Way::To(message.platform, target(message.clone()))
    } else {
        Way::Nowhere(format!(
            "the case card is on {}, which is not connected",
            message.platform
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ids::PersonId,
        person::{PersonKind, PlatformId::*},
    };
    use uuid::Uuid;

    fn account(platform: PlatformId, user: &str) -> Identity {
        Identity {
            platform,
            realm: "T1".to_owned(),
            user: user.to_owned(),
        }
    }

    fn person(identities: Vec<Identity>) -> Person {
        Person {
            id: PersonId(Uuid::nil()),
            kind: PersonKind::Person,
            name: "Ada".to_owned(),
            locale: None,
            time_zone: None,
            identities,
            contacts: vec![],
        }
    }

    fn card() -> MessageRef {
        MessageRef {
            platform: Slack,
            workspace: "T1".to_owned(),
            channel: "C1".to_owned(),
            message: "1.1".to_owned(),
        }
    }

    #[test]
    fn a_person_is_answered_where_it_spoke_else_where_it_can_be_reached() {
        let ada = person(vec![account(Teams, "t"), account(Slack, "s")]);
        let to = |via| Recipient::Person {
            person: ada.id,
            via,
        };
        let ask = |via, who: Option<&Person>| {
            way(
                NotificationKind::Receipt,
                &to(via),
                who,
                &CardMessage::Never,
                None,
                &[Slack],
            )
        };
        let slack = |user| Way::To(Slack, Target::Direct(account(Slack, user)));
        assert_eq!(
            ask(Some(account(Slack, "other")), Some(&ada)),
            slack("other")
        );
        assert_eq!(ask(Some(account(Discord, "d")), Some(&ada)), slack("s"));
        assert_eq!(ask(None, Some(&ada)), slack("s"));
        // Whoever is called has the case before them.
        let on = |home, platforms: &[PlatformId]| {
            let to = Recipient::Person {
                person: PersonId(Uuid::nil()),
                via: None,
            };
            let kind = NotificationKind::Page;
            way(kind, &to, Some(&ada), &CardMessage::Never, home, platforms)
        };
        let teams = Way::To(Teams, Target::Direct(account(Teams, "t")));
        assert_eq!(on(Some(Teams), &[Slack, Teams]), teams);
        assert_eq!(on(Some(Slack), &[Teams, Slack]), slack("s"));
        // No account there, or not known where: the order of the settings, and not that of the accounts.
        assert_eq!(on(Some(Discord), &[Slack, Teams, Discord]), slack("s"));
        assert_eq!(on(None, &[Slack, Teams]), slack("s"));
        // Where the case is worked on is not connected any more.
        assert_eq!(on(Some(Teams), &[Slack]), slack("s"));
        assert!(matches!(ask(None, Some(&person(vec![]))), Way::Nowhere(_)));
        assert!(matches!(ask(None, None), Way::Nowhere(_)));
    }

    #[test]
    fn a_card_is_posted_once_and_then_updated() {
        let ask = |card| {
            way(
                NotificationKind::CaseCard,
                &Recipient::Queue,
                None,
                &card,
                None,
                &[Slack],
            )
        };
        assert_eq!(ask(CardMessage::Coming), Way::To(Slack, Target::Queue));
        assert_eq!(
            ask(CardMessage::At(card())),
            Way::To(Slack, Target::Update(card()))
        );
        let notice = way(
            NotificationKind::QueueNotice,
            &Recipient::Queue,
            None,
            &CardMessage::At(card()),
            None,
            &[Slack],
        );
        assert_eq!(notice, Way::To(Slack, Target::Queue));
    }

    #[test]
    fn a_case_is_worked_on_where_it_was_reported_first() {
        let ask = |home, platforms: &[PlatformId]| {
            way(
                NotificationKind::CaseCard,
                &Recipient::Queue,
                None,
                &CardMessage::Coming,
                home,
                platforms,
            )
        };
        let both = [Slack, Discord];
        assert_eq!(ask(Some(Discord), &both), Way::To(Discord, Target::Queue));
        assert_eq!(ask(Some(Slack), &both), Way::To(Slack, Target::Queue));
        // Reported from the command line, or on a platform that is gone.
        assert_eq!(ask(None, &both), Way::To(Slack, Target::Queue));
        assert_eq!(ask(Some(Teams), &both), Way::To(Slack, Target::Queue));
        assert!(matches!(ask(Some(Slack), &[]), Way::Nowhere(_)));
    }

    #[test]
    fn a_note_waits_for_its_card_unless_that_will_never_come() {
        let ask = |card, platforms: &[PlatformId]| {
            way(
                NotificationKind::ThreadNote,
                &Recipient::CaseThread,
                None,
                &card,
                None,
                platforms,
            )
        };
        assert!(matches!(ask(CardMessage::Coming, &[Slack]), Way::Wait(_)));
        assert_eq!(
            ask(CardMessage::At(card()), &[Slack]),
            Way::To(Slack, Target::Thread(card()))
        );
        assert_eq!(
            ask(CardMessage::Never, &[Slack]),
            Way::To(Slack, Target::Queue)
        );
        assert!(matches!(
            ask(CardMessage::At(card()), &[Teams]),
            Way::Nowhere(_)
        ));
    }
}
