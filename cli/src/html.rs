//! Text that becomes markup in one way only: what is not written in this program is escaped.

use std::fmt::{self, Display, Write};

/// A document that grows.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup, as it is written in this program.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anything else. In an element or in a quoted attribute it cannot be markup.
    pub(crate) fn text(&mut self, text: impl Display) -> &mut Self {
        // A string takes all that it is given.
        let _ = write!(Escaped(&mut self.0), "{text}");
        self
    }

    pub(crate) fn finish(self) -> String {
        self.0
    }
}

/// Text that nobody can take for markup, for who writes markup by format.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = Html::default();
    html.text(text);
    html.finish()
}

struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for one in text.chars() {
            match one {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Nor for anything else.
                other if other.is_control() && other != '\n' => self.0.push(' '),
                other => self.0.push(other),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_ours_cannot_be_markup() {
        let mut html = Html::default();
        html.raw("<p title=\"").text("\"'><script>&").raw("\">").text(3).raw("</p>");
        assert_eq!(html.finish(), "<p title=\"&quot;&#39;&gt;&lt;script&gt;&amp;\">3</p>");
    }
}
