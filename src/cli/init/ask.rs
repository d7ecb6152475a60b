//! A conversation on a terminal, or with a file of lines: a question, what it is for, a default, and again if the answer will not do.
//!
//! Invariants: an answer is at most [`LONGEST`] bytes and one line; the end of the input is an error that names the question that was
//! open, never a silent default. Neighbours: `answers` asks.

use std::io::{self, BufRead, Read, Write};

/// Longest answer, in bytes.
const LONGEST: u64 = 4096;

/// Why an interview ended early.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// No more input.
    #[error(
        "the answers ended at the question \"{0}\"; nothing was written. Start again and answer it"
    )]
    Early(String),
    /// The terminal is gone.
    #[error("the answers could not be read: {0}")]
    Broken(#[from] io::Error),
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What is asked.
    pub ask: &'a str,
    /// What it is for, or where the answer is found.
    pub why: &'a str,
    /// The answer if there is none.
    pub default: Option<&'a str>,
}

/// Asks and listens.
#[derive(Debug)]
pub struct Interview<R, W> {
    input: R,
    output: W,
}

impl<R: BufRead, W: Write> Interview<R, W> {
    /// Reads from `input` and asks on `output`.
    pub const fn new(input: R, output: W) -> Self {
        Self { input, output }
    }

    /// Says something.
    ///
    /// # Errors
    /// [`Ended::Broken`].
    pub fn say(&mut self, words: &str) -> Result<(), Ended> {
        writeln!(self.output, "\n{words}")?;
        Ok(())
    }

    /// Asks until `check` takes the answer; what it refuses with is told.
    ///
    /// # Errors
    /// [`Ended`].
    pub fn ask<T>(
        &mut self,
        question: Question<'_>,
        check: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Ended> {
        if !question.why.is_empty() {
            writeln!(self.output, "\n  {}", question.why)?;
        }
        loop {
            match question.default {
                Some(default) => write!(self.output, "{} [{default}]: ", question.ask)?,
                None => write!(self.output, "{}: ", question.ask)?,
            }
            self.output.flush()?;
            let line = self.line(question.ask)?;
            let answer = match (line.is_empty(), question.default) {
                (true, Some(default)) => default,
                _ => line.as_str(),
            };
            match check(answer) {
                Ok(taken) => return Ok(taken),
                Err(why) => writeln!(self.output, "  {why}")?,
            }
        }
    }

    fn line(&mut self, ask: &str) -> Result<String, Ended> {
        let mut line = Vec::new();
        let read = self
            .input
            .by_ref()
            .take(LONGEST)
            .read_until(b'\n', &mut line)?;
        if read == 0 {
            return Err(Ended::Early(ask.to_owned()));
        }
        let text = String::from_utf8_lossy(&line);
        Ok(text
            .chars()
            .filter(|c| !c.is_control())
            .collect::<String>()
            .trim()
            .to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: Question<'_> = Question {
        ask: "Name",
        why: "For cards.",
        default: Some("Acme"),
    };

    fn answer(input: &str) -> (Result<String, Ended>, String) {
        let mut output = Vec::new();
        let mut interview = Interview::new(input.as_bytes(), &mut output);
        let taken = interview.ask(NAME, |text| {
            if text.len() < 3 {
                Err("Too short.".to_owned())
            } else {
                Ok(text.to_owned())
            }
        });
        (taken, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_default_stands_and_a_bad_answer_is_asked_again() {
        assert_eq!(answer("\n").0.unwrap(), "Acme");
        let (taken, said) = answer("ab\n  abc\u{1b} \n");
        assert_eq!(taken.unwrap(), "abc");
        assert!(
            said.contains("For cards.") && said.contains("Too short."),
            "{said}"
        );
        assert_eq!(said.matches("Name [Acme]: ").count(), 2);
    }

    #[test]
    fn the_end_of_the_input_names_the_question() {
        let (taken, _) = answer("ab\n");
        let why = taken.unwrap_err().to_string();
        assert!(
            why.contains("\"Name\"") && why.contains("nothing was written"),
            "{why}"
        );
    }
}
