//! Demo data: the same users for the same seed, whenever and wherever it is planted.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use subgraphs_kit::Result;
use subgraphs_kit::clock::counted_id;
use subgraphs_kit::db::Db;
use subgraphs_kit::search::fold;
use uuid::Uuid;

use crate::config::PasswordCost;
use crate::entity::{credential, user};
use crate::entropy::SeededEntropy;
use crate::password::Passwords;
use crate::store;

/// The first demo user's name.
pub const DEMO_USERNAME: &str = "demo";

/// The admin's name, the second demo user's.
pub const ADMIN_USERNAME: &str = "admin";

/// Every demo user's password. It is public: demo data is not for production.
pub const DEMO_PASSWORD: &str = "weft-demo-password";

/// When the first demo user registered, in seconds since the epoch: 2026-01-01T00:00:00Z.
const FIRST_REGISTRATION: i64 = 1_767_225_600;

/// The time between two registrations.
const INTERVAL: TimeDelta = TimeDelta::minutes(7);

/// Rows per statement: SQLite binds at most 32,766 values.
const ROWS: usize = 1000;

const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Alan",
    "Barbara",
    "Claude",
    "Donald",
    "Edsger",
    "Frances",
    "Grace",
    "Hedy",
    "John",
    "Katherine",
    "Leslie",
    "Margaret",
    "Niklaus",
    "Radia",
    "Tony",
];

const LAST_NAMES: [&str; 16] = [
    "Allen",
    "Bartik",
    "Carver",
    "Dietrich",
    "Eckert",
    "Franklin",
    "Goldstine",
    "Hamilton",
    "Iverson",
    "Johnson",
    "Kay",
    "Lovelace",
    "Meitner",
    "Noether",
    "Perlman",
    "Turing",
];

const INTERESTS: [&str; 8] = [
    "compilers",
    "gardening",
    "looms",
    "typography",
    "mountains",
    "old maps",
    "bread",
    "chess",
];

/// Whether nobody has an account, so that demo data disturbs nobody.
///
/// # Errors
/// `Database`.
pub async fn is_empty(db: &Db) -> Result<bool> {
    Ok(!store::users::any(db.write()).await?)
}

/// The ids of the demo users, as [`seed`] makes them.
#[must_use]
pub fn user_ids(count: u64, seed: u64) -> Vec<Uuid> {
    (0..count).map(|index| user_id(index, seed)).collect()
}

/// Plants `count` demo users: first [`DEMO_USERNAME`], then [`ADMIN_USERNAME`]. Those who exist already
/// stay as they are. Answers the ids of those who exist now.
///
/// # Errors
/// `Database`; nothing is planted then.
pub async fn seed(db: &Db, count: u64, seed: u64) -> Result<Vec<Uuid>> {
    // One hash serves all: hashing two thousand times would take a minute.
    let entropy = Arc::new(SeededEntropy::new(seed));
    let passwords = Passwords::new(PasswordCost::default(), entropy)?;
    let password_hash = passwords.hash(DEMO_PASSWORD.to_owned()).await?;
    let users: Vec<_> = (0..count).map(|index| demo_user(index, seed)).collect();

    let transaction = db.begin().await?;
    for rows in users.chunks(ROWS) {
        store::users::insert_new(&transaction, rows).await?;
    }
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let planted = store::users::find_by_ids(&transaction, &ids).await?;
    let planted: HashSet<_> = planted.into_iter().map(|user| user.id).collect();
    let credentials: Vec<_> = users
        .iter()
        .filter(|user| planted.contains(&user.id))
        .map(|user| credential::Model {
            user_id: user.id,
            password_hash: password_hash.clone(),
            updated_at: user.created_at,
        })
        .collect();
    for rows in credentials.chunks(ROWS) {
        store::credentials::insert_new(&transaction, rows).await?;
    }
    transaction.commit().await?;
    Ok(ids.into_iter().filter(|id| planted.contains(id)).collect())
}

fn user_id(index: u64, seed: u64) -> Uuid {
    // Room for four billion users per seed.
    counted_id(registration(index), (seed << 32) | (index & 0xffff_ffff))
}

fn registration(index: u64) -> DateTime<Utc> {
    let start = DateTime::from_timestamp(FIRST_REGISTRATION, 0).unwrap_or_default();
    start + INTERVAL * i32::try_from(index).unwrap_or(i32::MAX)
}

fn demo_user(index: u64, seed: u64) -> user::Model {
    let dice = scatter(seed, index);
    let created_at = registration(index);
    let (username, display_name) = match index {
        0 => (DEMO_USERNAME.to_owned(), "Demo User".to_owned()),
        1 => (ADMIN_USERNAME.to_owned(), "Ada Admin".to_owned()),
        _ => {
            let (first, last) = (pick(&FIRST_NAMES, dice), pick(&LAST_NAMES, dice >> 8));
            (
                format!("{}_{}_{index}", first.to_lowercase(), last.to_lowercase()),
                format!("{first} {last}"),
            )
        }
    };
    let likes = |shift| pick(&INTERESTS, dice >> shift);
    user::Model {
        id: user_id(index, seed),
        email: format!("{username}@example.org"),
        bio: (dice >> 16 & 3 != 0).then(|| format!("Likes {} and {}.", likes(24), likes(32))),
        avatar_url: (dice >> 18 & 3 != 0)
            .then(|| format!("https://example.org/avatars/{username}.png")),
        role: if index == 1 {
            user::Role::Admin
        } else {
            user::Role::User
        },
        username,
        search_name: fold(&display_name),
        display_name,
        created_at,
        updated_at: created_at,
    }
}

fn pick<'a>(names: &[&'a str], dice: u64) -> &'a str {
    let index = usize::try_from(dice & 0xff).unwrap_or_default();
    names.get(index % names.len()).copied().unwrap_or_default()
}

/// Bits that look random and are the same for ever (the finaliser of SplitMix64), which a library's
/// generator does not promise.
fn scatter(seed: u64, index: u64) -> u64 {
    let mut bits = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(index)
        .wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{is_email, is_username};

    #[test]
    fn demo_users_are_the_same_for_the_same_seed_and_valid() {
        let users: Vec<_> = (0..500).map(|index| demo_user(index, 7)).collect();
        let again: Vec<_> = (0..500).map(|index| demo_user(index, 7)).collect();
        assert_eq!(users, again);
        assert_ne!(
            users[2..],
            (0..500)
                .map(|index| demo_user(index, 8))
                .collect::<Vec<_>>()[2..]
        );
        for user in &users {
            assert!(is_username(&user.username), "{}", user.username);
            assert!(is_email(&user.email), "{}", user.email);
            assert_eq!(user.id.get_version_num(), 7);
        }
        assert!(users.windows(2).all(|pair| pair[0].id < pair[1].id));
        let names: HashSet<_> = users.iter().map(|user| &user.username).collect();
        assert_eq!(names.len(), users.len());
        let admins = users.iter().filter(|user| user.role == user::Role::Admin);
        assert_eq!(admins.count(), 1);
    }
}
