//! What is wrong with a variable's value, and where in it.

/// Of a client's value not more than this is shown.
const MOST_SHOWN: usize = 60;

/// One step into a value.
#[derive(Debug)]
enum Step {
    Key(String),
    Index(usize),
}

/// A mistake in a value. The steps to it are collected on the way out.
#[derive(Debug)]
pub(super) struct Mistake {
    message: String,
    steps: Vec<Step>,
}

impl Mistake {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            steps: Vec::new(),
        }
    }

    /// `value` is JSON text that `expected` does not allow.
    pub(super) fn unfit(expected: &str, value: &str) -> Self {
        let end = value.char_indices().nth(MOST_SHOWN);
        let shown = match end {
            Some((end, _)) => format!("{}…", &value[..end]),
            None => value.to_owned(),
        };
        Self::new(format!("{expected}; this is {shown}"))
    }

    pub(super) fn below(mut self, key: &str) -> Self {
        self.steps.push(Step::Key(key.to_owned()));
        self
    }

    pub(super) fn at(mut self, index: usize) -> Self {
        self.steps.push(Step::Index(index));
        self
    }

    pub(super) fn describe(&self, variable: &str) -> String {
        if variable.is_empty() {
            return self.message.clone();
        }
        let mut text = format!("variable ${variable}");
        for step in self.steps.iter().rev() {
            match step {
                Step::Key(key) => text += &format!(".{key}"),
                Step::Index(index) => text += &format!("[{index}]"),
            }
        }
        format!("{text}: {}", self.message)
    }
}
