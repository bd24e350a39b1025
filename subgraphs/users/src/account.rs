//! What an account may look like: the rules for names, addresses and passwords.

use axum::http::Uri;
use subgraphs_kit::user_error::{UserErrorCode, Validation};

/// Characters of a password, at least and at most.
const PASSWORD_LENGTH: (usize, usize) = (12, 128);

/// The longest email address (RFC 5321, section 4.5.3.1), in bytes.
const MAX_EMAIL_BYTES: usize = 254;

/// The longest avatar URL, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// The longest display name, in characters.
const MAX_DISPLAY_NAME: usize = 80;

/// The longest text about oneself, in characters.
const MAX_BIO: usize = 1000;

/// Whether `name` is in the form usernames are stored in: 3 to 32 of `a-z 0-9 _`, a letter first.
pub(crate) fn is_username(name: &str) -> bool {
    (3..=32).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The form usernames and email addresses are stored and compared in.
pub(crate) fn login_form(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Whether `email` looks like one address; the only proof would be to write to it.
pub(crate) fn is_email(email: &str) -> bool {
    let Some((local, domain)) = email.split_once('@') else {
        return false;
    };
    let labels_are_sound = domain.split('.').all(|label| {
        (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    });
    email.len() <= MAX_EMAIL_BYTES
        && (1..=64).contains(&local.len())
        && domain.contains('.')
        && labels_are_sound
        && domain
            .chars()
            .all(|c| c.is_alphanumeric() || "-.".contains(c))
        && !local
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c))
}

fn is_web_address(url: &str) -> bool {
    url.len() <= MAX_URL_BYTES
        && url.parse::<Uri>().is_ok_and(|uri| {
            matches!(uri.scheme_str(), Some("https" | "http"))
                && uri.authority().is_some_and(|a| !a.as_str().contains('@'))
        })
}

/// Checks a username; returns the form it is stored in.
pub(crate) fn check_username(validation: &mut Validation, field: &str, name: &str) -> String {
    let name = login_form(name);
    validation.require(
        is_username(&name),
        field,
        UserErrorCode::Invalid,
        "must be 3 to 32 letters a-z, digits or underscores, beginning with a letter",
    );
    name
}

/// Checks an email address; returns the form it is stored in.
pub(crate) fn check_email(validation: &mut Validation, field: &str, email: &str) -> String {
    let email = login_form(email);
    validation.require(
        is_email(&email),
        field,
        UserErrorCode::Invalid,
        "must be an email address",
    );
    email
}

/// Checks a display name; returns it trimmed.
pub(crate) fn check_display_name(validation: &mut Validation, field: &str, name: &str) -> String {
    validation.text(field, name, (1, MAX_DISPLAY_NAME), false)
}

/// Checks a text about oneself; an empty one is none.
pub(crate) fn check_bio(
    validation: &mut Validation,
    field: &str,
    bio: Option<String>,
) -> Option<String> {
    bio.map(|bio| validation.text(field, &bio, (0, MAX_BIO), true))
        .filter(|bio| !bio.is_empty())
}

/// Checks an avatar's URL; an empty one is none.
pub(crate) fn check_avatar_url(
    validation: &mut Validation,
    field: &str,
    url: Option<String>,
) -> Option<String> {
    let url = url
        .map(|url| url.trim().to_owned())
        .filter(|url| !url.is_empty())?;
    validation.require(
        is_web_address(&url),
        field,
        UserErrorCode::Invalid,
        "must be an http or https URL",
    );
    Some(url)
}

/// Checks a new password of the account with these names.
pub(crate) fn check_password(
    validation: &mut Validation,
    field: &str,
    password: &str,
    names: [&str; 2],
) {
    let (least, most) = PASSWORD_LENGTH;
    // Counting stops early: the text may be as long as a request.
    let length = password.chars().take(most + 1).count();
    validation.require(
        length >= least,
        field,
        UserErrorCode::TooShort,
        "must have at least 12 characters",
    );
    validation.require(
        length <= most,
        field,
        UserErrorCode::TooLong,
        "must have at most 128 characters",
    );
    let lower = password.to_lowercase();
    validation.require(
        length < least || !names.contains(&lower.as_str()),
        field,
        UserErrorCode::Invalid,
        "must not be your username or email address",
    );
}

/// Whether a password given to sign in can be right at all; a longer one is not worth hashing.
pub(crate) fn can_be_password(password: &str) -> bool {
    password.chars().take(PASSWORD_LENGTH.1 + 1).count() <= PASSWORD_LENGTH.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_have_one_form() {
        for (name, expected) in [
            ("ann", true),
            ("a_1", true),
            (&"a".repeat(32), true),
            (&"a".repeat(33), false),
            ("ab", false),
            ("Ann", false),
            ("1ann", false),
            ("_ann", false),
            ("an,n", false),
            ("an\"n", false),
            ("änn", false),
            ("", false),
        ] {
            assert_eq!(is_username(name), expected, "{name}");
        }
    }

    #[test]
    fn email_addresses_look_like_ones() {
        for (email, expected) in [
            ("ann@example.org", true),
            ("ann+weft@mail.example.org", true),
            ("ann@exämple.org", true),
            ("ann", false),
            ("ann@", false),
            ("@example.org", false),
            ("ann@localhost", false),
            ("ann@ex..org", false),
            ("ann@-ex.org", false),
            ("a nn@example.org", false),
            ("ann@example.org, bob@example.org", false),
            ("ann@example.org\r\nbcc: x@example.org", false),
            ("ann@bob@example.org", false),
            (&format!("{}@example.org", "a".repeat(65)), false),
        ] {
            assert_eq!(is_email(email), expected, "{email}");
        }
    }

    #[test]
    fn avatars_are_on_the_web() {
        for (url, expected) in [
            ("https://example.org/a.png?s=1", true),
            ("http://localhost:8000/a.png", true),
            ("javascript:alert(1)", false),
            ("data:image/png;base64,AA", false),
            ("/a.png", false),
            ("https://", false),
            ("https://user:pass@example.org/", false),
            ("file:///etc/passwd", false),
            (&format!("https://example.org/{}", "a".repeat(3000)), false),
        ] {
            assert_eq!(is_web_address(url), expected, "{url}");
        }
    }

    #[test]
    fn passwords_have_a_length_and_are_not_a_name() {
        for (password, expected) in [
            ("elevenchars".to_owned(), Some(UserErrorCode::TooShort)),
            ("twelve chars".to_owned(), None),
            ("äöüäöüäöüäöü".to_owned(), None),
            ("a".repeat(128), None),
            ("a".repeat(129), Some(UserErrorCode::TooLong)),
            ("a".repeat(1_000_000), Some(UserErrorCode::TooLong)),
            ("Ann_The_Great".to_owned(), Some(UserErrorCode::Invalid)),
        ] {
            let mut validation = Validation::default();
            check_password(
                &mut validation,
                "input.password",
                &password,
                ["ann_the_great", "a@b.c"],
            );
            let found = validation.finish().err().map(|errors| errors[0].code);
            assert_eq!(found, expected, "{} characters", password.len());
        }
    }
}
