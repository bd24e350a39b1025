//! Values as they mostly are; of all others these say nothing, and the reader stays where it is.

use super::Reader;
use super::scan::dense_length;

/// As many digits are an integer of 32 bits, whichever they are.
const FEW_DIGITS: usize = 9;

impl Reader<'_> {
    /// Reads a string that comes next without white space, holds no escapes and is found easily; its span.
    #[inline(always)]
    pub(crate) fn plain_string(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let [b'"', rest @ ..] = self.bytes.get(start..)? else {
            return None;
        };
        let length = if self.is_dense { dense_length(rest) } else { 0 };
        if rest.get(length) != Some(&b'"') {
            return None;
        }
        self.at = start + length + 2;
        Some((start, length + 2))
    }

    /// Reads an integer that comes next without white space and has few digits; its span.
    #[inline]
    pub(crate) fn plain_integer(&mut self) -> Option<(usize, usize)> {
        let start = self.at;
        let text = self.bytes.get(start..)?;
        let digits = text.strip_prefix(b"-").unwrap_or(text);
        let count = digits.iter().take(FEW_DIGITS + 1);
        let count = count.take_while(|byte| byte.is_ascii_digit()).count();
        let has_leading_zero = count > 1 && digits.first() == Some(&b'0');
        let is_longer = matches!(digits.get(count), Some(b'.' | b'e' | b'E'));
        if count == 0 || count > FEW_DIGITS || has_leading_zero || is_longer {
            return None;
        }
        let len = text.len() - digits.len() + count;
        self.at = start + len;
        Some((start, len))
    }
}
