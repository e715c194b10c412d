//! Cuts an expression into tokens.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name, a value without quotes, or a word like `and`.
    Word(String),
    /// A value in quotes, never a keyword.
    Quoted(String),
    /// Brackets, the comma, and the operators.
    Sign(&'static str),
}

/// The longer signs first, as `!=` is not `!` and `=`.
const SIGNS: [&str; 16] =
    ["==", "!=", "=~", "!~", ">=", "<=", "&&", "||", ">", "<", "!", "(", ")", "[", "]", ","];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = match first {
            '\'' | '"' => quoted(rest, first)?,
            _ => match SIGNS.iter().find_map(|sign| Some((*sign, rest.strip_prefix(sign)?))) {
                Some((sign, after)) => (Token::Sign(sign), after),
                None => word(rest)?,
            },
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}

fn quoted(text: &str, quote: char) -> Result<(Token, &str), String> {
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let (value, after) =
        inner.split_once(quote).ok_or_else(|| format!("no closing {quote} in the expression"))?;
    Ok((Token::Quoted(value.to_owned()), after))
}

fn word(text: &str) -> Result<(Token, &str), String> {
    let ends = |sign: char| sign.is_whitespace() || "()[],=!<>&|~'\"".contains(sign);
    let (word, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    if word.is_empty() {
        return Err(format!("unexpected text at '{text}'"));
    }
    Ok((Token::Word(word.to_owned()), after))
}
