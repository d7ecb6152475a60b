//! Reading the directory: people, their accounts and means, and the roles they have at an instant.
//!
//! Invariants: a role counts from `from_at` until before `until_at`; authority comes from grants alone. Directory data is changed by
//! decisions (`PersonChange`), never here. Neighbours: `record_parts` writes.

use super::{
    Store,
    error::StoreError,
    row::Row,
    sql::{Sql, V},
};
use crate::domain::{
    clock::Timestamp,
    ids::PersonId,
    person::{ContactMethod, Identity, Person, Role, RoleGrant},
    timeline::Stream,
};
use std::collections::{BTreeMap, BTreeSet};

/// A person with the roles of an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The person.
    pub person: Person,
    /// The roles granted at the instant that was asked for.
    pub roles: BTreeSet<Role>,
}

fn read(row: &Row) -> Result<Person, StoreError> {
    Ok(Person {
        id: row.id("id")?,
        kind: row.word("kind")?,
        name: row.text("name")?,
        locale: row.opt_text("locale")?,
        time_zone: row.opt_text("time_zone")?,
        identities: Vec::new(),
        contacts: Vec::new(),
    })
}

/// Accounts, means and roles of people, as one result: what, whose, order, three words.
const PARTS: &str = "select 'identity' as what, person_id, 0 as position, platform as a, realm as b, user_id as c from identity where person_id in ";
const MEANS: &str = " union all select 'contact', person_id, position, means, address, '' from contact_method where person_id in ";
const ROLES: &str = " union all select 'role', person_id, 0, role, '', '' from role_grant where from_at <= ? and (until_at is null or until_at > ?) and person_id in ";

impl Store {
    /// The person with this account, and the roles that hold at `now`.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn person_by_identity(
        &self,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        let found = Sql::new(
            "select p.* from person p join identity i on i.person_id = p.id
             where i.platform = ? and i.realm = ? and i.user_id = ?",
        )
        .bind(identity.platform.as_str())
        .bind(&identity.realm)
        .bind(&identity.user);
        Ok(self.known(found, now).await?.pop())
    }

    /// The person with this id, and the roles that hold at `now`.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn person(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Option<Known>, StoreError> {
        let found = Sql::new("select * from person where id = ?").bind(person);
        Ok(self.known(found, now).await?.pop())
    }

    /// Whether the directory file ever named this person; whoever it did not name is what chat showed.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be asked.
    pub async fn is_of_directory(&self, person: PersonId) -> Result<bool, StoreError> {
        let named = Sql::new(
            "select t.seq from timeline t join timeline_payload p on p.stream = t.stream and p.seq = t.seq
             where t.stream = ? and t.kind = ? and p.json like ? limit 1",
        )
        .bind(Stream::Org.to_string())
        .bind("person_changed")
        // Quotes within a name are escaped, so no name looks like this.
        .bind(format!("%\"person\":\"{person}\"%"));
        Ok(named.one(&self.read, "timeline", "seq").await?.is_some())
    }

    /// Several people by id, in the order of their names; ids that nobody has are left out.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn people(&self, ids: &[PersonId], now: Timestamp) -> Result<Vec<Known>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Sql::new("select * from person where id in ");
        found.tuple(ids.iter().map(|id| V::from(*id)).collect());
        found.push(" order by name, id");
        self.known(found, now).await
    }

    /// Everybody in the directory (people seen in chat included), in the order of their names.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn all_people(&self, now: Timestamp) -> Result<Vec<Known>, StoreError> {
        let mut all = Vec::new();
        let mut after = (String::new(), PersonId(uuid::Uuid::nil()));
        loop {
            let page = Sql::new(
                "select * from person where (name, id) > (?, ?) order by name, id limit 500",
            )
            .bind(&after.0)
            .bind(after.1);
            let page = self.known(page, now).await?;
            let Some(last) = page.last() else {
                return Ok(all);
            };
            after = (last.person.name.clone(), last.person.id);
            all.extend(page);
        }
    }

    /// Who has a role at `now`: whoever was granted it first comes first.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn people_with_role(
        &self,
        role: Role,
        now: Timestamp,
    ) -> Result<Vec<Person>, StoreError> {
        let found = Sql::new(
            "select p.*, g.since from person p join (select person_id, min(from_at) as since from role_grant
                where role = ? and from_at <= ? and (until_at is null or until_at > ?) group by person_id) g on g.person_id = p.id
             order by g.since, p.name, p.id",
        )
        .bind(role.as_str())
        .bind(now)
        .bind(now);
        let known = self.known(found, now).await?;
        Ok(known.into_iter().map(|known| known.person).collect())
    }

    /// Every grant that holds at `now`.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn grants(&self, now: Timestamp) -> Result<Vec<RoleGrant>, StoreError> {
        Sql::new(
            "select * from role_grant where from_at <= ? and (until_at is null or until_at > ?) order by from_at, id",
        )
        .bind(now)
        .bind(now)
        .all(&self.read, "role_grant", "id")
        .await?
        .iter()
        .map(grant)
        .collect()
    }

    /// The roles of a person at `now`, without those that a platform's role vouches for.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn lasting_roles(
        &self,
        person: PersonId,
        now: Timestamp,
    ) -> Result<BTreeSet<Role>, StoreError> {
        let rows = Sql::new(
            "select role from role_grant where person_id = ? and vouched_by is null and from_at <= ?
                and (until_at is null or until_at > ?)",
        )
        .bind(person)
        .bind(now)
        .bind(now)
        .all(&self.read, "role_grant", "role")
        .await?;
        rows.iter().map(|row| row.word("role")).collect()
    }

    /// The grants of a person that held at `since` or later because a platform's role vouches for them, those that ended included.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a row cannot be read.
    pub async fn vouched_grants(
        &self,
        person: PersonId,
        since: Timestamp,
    ) -> Result<Vec<RoleGrant>, StoreError> {
        Sql::new(
            "select * from role_grant where person_id = ? and vouched_by is not null and (until_at is null or until_at > ?)
             order by from_at, id",
        )
        .bind(person)
        .bind(since)
        .all(&self.read, "role_grant", "id")
        .await?
        .iter()
        .map(grant)
        .collect()
    }

    /// The people that `found` selects, whole: two round trips however many they are.
    async fn known(&self, found: Sql, now: Timestamp) -> Result<Vec<Known>, StoreError> {
        let rows = found.all(&self.read, "person", "id").await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            known.push(Known {
                person: read(row)?,
                roles: BTreeSet::new(),
            });
        }
        if known.is_empty() {
            return Ok(known);
        }
        let ids = || {
            known
                .iter()
                .map(|k| V::from(k.person.id))
                .collect::<Vec<_>>()
        };
        let mut parts = Sql::new(PARTS);
        parts.tuple(ids());
        parts.push(MEANS).tuple(ids());
        let mut parts = parts.and(ROLES).bind(now).bind(now);
        parts.tuple(ids());
        let parts = parts
            .and(" order by what, person_id, position, a, b, c")
            .all(&self.read, "person", "person_id")
            .await?;
        let mut places: BTreeMap<PersonId, usize> = BTreeMap::new();
        for (place, known) in known.iter().enumerate() {
            places.insert(known.person.id, place);
        }
        for part in &parts {
            let whose: PersonId = part.id("person_id")?;
            if let Some(known) = places.get(&whose).and_then(|place| known.get_mut(*place)) {
                add_part(known, part)?;
            }
        }
        Ok(known)
    }
}

fn grant(row: &Row) -> Result<RoleGrant, StoreError> {
    Ok(RoleGrant {
        id: row.id("id")?,
        role: row.word("role")?,
        person: row.id("person_id")?,
        from: row.instant("from_at")?,
        until: row.opt_instant("until_at")?,
        granted_by: row.opt_id("granted_by")?,
        vouched_by: row.opt_word("vouched_by")?,
    })
}

fn add_part(known: &mut Known, part: &Row) -> Result<(), StoreError> {
    match part.text("what")?.as_str() {
        "identity" => known.person.identities.push(Identity {
            platform: part.word("a")?,
            realm: part.text("b")?,
            user: part.text("c")?,
        }),
        "contact" => {
            let address = part.text("b")?;
            known.person.contacts.push(match part.text("a")?.as_str() {
                "phone" => ContactMethod::Phone(address),
                "mail" => ContactMethod::Mail(address),
                other => return Err(part.bad("a", format_args!("\"{other}\" is no means"))),
            });
        }
        _ => {
            known.roles.insert(part.word("a")?);
        }
    }
    Ok(())
}
