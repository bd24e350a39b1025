//! Short texts, copied in steps of a fixed size: that is a few instructions, where a copy of any length is a call.

/// Bytes of a literal that are copied at once.
const STEP: usize = 32;

/// Bytes of a token that are copied at once.
const SHORT: usize = 16;

/// A text that is the same in every answer or request.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    /// The beginning, filled up.
    start: [u8; STEP],
    /// How much of `start` counts.
    len: u32,
    rest: Box<[u8]>,
}

impl Literal {
    pub(crate) fn new(text: &str) -> Self {
        let mut start = [0; STEP];
        let len = text.len().min(STEP);
        let (first, rest) = text.as_bytes().split_at(len);
        start[..len].copy_from_slice(first);
        Self {
            start,
            len: u32::try_from(len).unwrap_or(0),
            rest: Box::from(rest),
        }
    }

    /// Adds it to `out`.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + self.len as usize;
        out.extend_from_slice(&self.start);
        out.truncate(end);
        if !self.rest.is_empty() {
            out.extend_from_slice(&self.rest);
        }
    }
}

impl Literal {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.len as usize + self.rest.len()
    }

    /// What follows it in `text`, if that begins with it.
    #[inline]
    pub(crate) fn strip_from<'t>(&self, text: &'t [u8]) -> Option<&'t [u8]> {
        let start = self.start.get(..self.len as usize)?;
        text.strip_prefix(start)?.strip_prefix(&*self.rest)
    }
}

/// Adds the `len` bytes at `start` of `body` to `out`.
#[inline]
pub(crate) fn copy(out: &mut Vec<u8>, body: &[u8], start: u32, len: u32) {
    let (start, len) = (start as usize, len as usize);
    let rest = body.get(start..).unwrap_or_default();
    match rest.first_chunk::<SHORT>() {
        Some(chunk) if len <= SHORT => {
            let end = out.len() + len;
            out.extend_from_slice(chunk);
            out.truncate(end);
        }
        _ => out.extend_from_slice(rest.get(..len).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "012345678901234567890123456789012345678901234567890123456789";

    #[test]
    fn literals_of_any_length_are_written_whole() {
        for len in 0..TEXT.len() {
            let mut out = b"before".to_vec();
            Literal::new(&TEXT[..len]).write(&mut out);
            assert_eq!(out, format!("before{}", &TEXT[..len]).as_bytes());
        }
    }

    #[test]
    fn tokens_of_any_length_are_copied_from_anywhere() {
        for start in 0..TEXT.len() {
            for len in 0..=TEXT.len() - start {
                let mut out = b"before".to_vec();
                copy(&mut out, TEXT.as_bytes(), start as u32, len as u32);
                let token = &TEXT[start..start + len];
                assert_eq!(out, format!("before{token}").as_bytes());
            }
        }
    }
}
