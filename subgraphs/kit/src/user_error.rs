//! Expected outcomes of mutations as data: `userErrors {field, code, message}`.

use async_graphql::{Enum, SimpleObject};

/// Why an input was not accepted.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserErrorCode {
    /// A value is missing or empty.
    Required,
    /// A value is shorter than allowed.
    TooShort,
    /// A value is longer than allowed.
    TooLong,
    /// A list has more items than allowed.
    TooMany,
    /// A value does not have the required form.
    Invalid,
    /// A value that must be unique is in use.
    Taken,
    /// The object does not exist, or you cannot see it.
    NotFound,
    /// Nobody is signed in.
    Unauthenticated,
    /// You may not do this.
    Forbidden,
    /// The object was changed in the meantime; read it again.
    Conflict,
    /// The object's state does not allow this.
    InvalidState,
    /// The name or the password is wrong.
    InvalidCredentials,
    /// Too many attempts; wait.
    RateLimited,
}

/// Something the user can put right.
#[derive(SimpleObject, Clone, Debug, PartialEq, Eq)]
#[graphql(shareable)]
pub struct UserError {
    /// The path of the input field at fault, empty if none in particular.
    pub field: Vec<String>,
    /// What is wrong, for programs.
    pub code: UserErrorCode,
    /// What is wrong, for people.
    pub message: String,
}

impl UserError {
    /// An error about `field` (a dotted path such as `input.title`; empty for none).
    pub fn new(field: &str, code: UserErrorCode, message: impl Into<String>) -> Self {
        Self {
            field: field
                .split('.')
                .filter(|part| !part.is_empty())
                .map(str::to_owned)
                .collect(),
            code,
            message: message.into(),
        }
    }

    /// Nobody is signed in.
    #[must_use]
    pub fn unauthenticated() -> Self {
        Self::new("", UserErrorCode::Unauthenticated, "you must be signed in")
    }

    /// There is no such object, as far as the caller can see.
    #[must_use]
    pub fn not_found(field: &str, noun: &str) -> Self {
        Self::new(
            field,
            UserErrorCode::NotFound,
            format!("there is no such {noun}"),
        )
    }

    /// The caller sees the object but may not change it.
    #[must_use]
    pub fn forbidden(noun: &str) -> Self {
        Self::new(
            "",
            UserErrorCode::Forbidden,
            format!("you may not change this {noun}"),
        )
    }

    /// An optimistic update lost its race.
    #[must_use]
    pub fn conflict(noun: &str) -> Self {
        Self::new(
            "",
            UserErrorCode::Conflict,
            format!("the {noun} was changed in the meantime; read it again"),
        )
    }
}

/// Collects every mistake of an input instead of the first.
#[derive(Default)]
pub struct Validation(Vec<UserError>);

impl Validation {
    /// Adds an error unless `ok`.
    pub fn require(&mut self, ok: bool, field: &str, code: UserErrorCode, message: &str) {
        if !ok {
            self.0.push(UserError::new(field, code, message));
        }
    }

    /// Checks a text: `min` to `max` characters, trimmed, without control characters (line breaks and
    /// tabs are allowed if `multiline`). Returns the trimmed text.
    pub fn text(
        &mut self,
        field: &str,
        value: &str,
        (min, max): (usize, usize),
        multiline: bool,
    ) -> String {
        let text = value.trim();
        let length = text.chars().count();
        let control = |c: char| c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t'));
        if length == 0 && min > 0 {
            self.0.push(UserError::new(
                field,
                UserErrorCode::Required,
                "must not be empty",
            ));
        } else if length < min {
            let message = format!("must have at least {min} characters");
            self.0
                .push(UserError::new(field, UserErrorCode::TooShort, message));
        } else if length > max {
            let message = format!("must have at most {max} characters");
            self.0
                .push(UserError::new(field, UserErrorCode::TooLong, message));
        }
        self.require(
            !text.chars().any(control),
            field,
            UserErrorCode::Invalid,
            "must not contain control characters",
        );
        text.to_owned()
    }

    /// The errors, if there were any.
    ///
    /// # Errors
    /// Every mistake found.
    pub fn finish(self) -> Result<(), Vec<UserError>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_of_an_input_is_reported() {
        let mut validation = Validation::default();
        assert_eq!(
            validation.text("input.a", "  fine ", (1, 10), false),
            "fine"
        );
        validation.text("input.b", "   ", (1, 10), false);
        validation.text("input.c", "ab", (3, 10), false);
        validation.text("input.d", "äöü", (0, 2), false);
        validation.text("input.e", "a\nb", (0, 5), false);
        validation.text("input.f", "a\nb", (0, 5), true);
        let errors = validation.finish().unwrap_err();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (error.field.join("."), error.code))
            .collect();
        assert_eq!(
            found,
            [
                ("input.b".to_owned(), UserErrorCode::Required),
                ("input.c".to_owned(), UserErrorCode::TooShort),
                ("input.d".to_owned(), UserErrorCode::TooLong),
                ("input.e".to_owned(), UserErrorCode::Invalid),
            ]
        );
    }
}
