//! Reads tokens into an expression: `or` binds looser than `and`, `and` looser than `not`.

use super::lex::Token;
use super::{Asked, Expression, Field, Order, Test};

type Parsed<T> = Result<T, String>;

/// What has more tokens is deeper than a stack should be, and than anybody writes.
const MOST_TOKENS: usize = 500;

pub(super) fn expression(tokens: &[Token]) -> Parsed<Expression> {
    if tokens.len() > MOST_TOKENS {
        return Err(format!("the expression has more than {MOST_TOKENS} words and signs"));
    }
    let mut reader = Reader { tokens };
    let parsed = reader.either()?;
    match reader.tokens.first() {
        None => Ok(parsed),
        Some(token) => Err(format!("unexpected {token:?} after the expression")),
    }
}

struct Reader<'a> {
    tokens: &'a [Token],
}

impl Reader<'_> {
    /// Steps over the next token if it is one of these words or signs.
    fn takes(&mut self, names: &[&str]) -> bool {
        let Some((first, rest)) = self.tokens.split_first() else { return false };
        let name = match first {
            Token::Word(word) => word.as_str(),
            Token::Sign(sign) => sign,
            Token::Quoted(_) => return false,
        };
        let taken = names.contains(&name);
        if taken {
            self.tokens = rest;
        }
        taken
    }

    fn either(&mut self) -> Parsed<Expression> {
        let mut left = self.both()?;
        while self.takes(&["or", "||"]) {
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Parsed<Expression> {
        let mut left = self.one()?;
        while self.takes(&["and", "&&"]) {
            left = Expression::And(Box::new(left), Box::new(self.one()?));
        }
        Ok(left)
    }

    fn one(&mut self) -> Parsed<Expression> {
        if self.takes(&["not", "!"]) {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.takes(&["("]) {
            let inner = self.either()?;
            return if self.takes(&[")"]) { Ok(inner) } else { Err("no closing )".to_owned()) };
        }
        let field = field(&self.word("a subject")?)?;
        let (opposite, test) = self.test()?;
        let asked = Expression::Is(Asked { field, test });
        Ok(if opposite { Expression::Not(Box::new(asked)) } else { asked })
    }

    /// The operator and its argument, and whether the opposite is asked.
    fn test(&mut self) -> Parsed<(bool, Test)> {
        if self.takes(&["==", "equals"]) {
            return Ok((false, Test::Equals(self.word("a value")?)));
        }
        if self.takes(&["!=", "not_equals"]) {
            return Ok((true, Test::Equals(self.word("a value")?)));
        }
        if self.takes(&["=~", "matches"]) {
            return Ok((false, self.pattern()?));
        }
        if self.takes(&["!~", "not_matches"]) {
            return Ok((true, self.pattern()?));
        }
        if let Some(order) = self.order() {
            return Ok((false, Test::Compares(order, self.word("a value")?)));
        }
        let opposite = self.takes(&["!"]);
        if self.takes(&["in"]) {
            return Ok((opposite, Test::In(self.set()?)));
        }
        if self.takes(&["not_in"]) {
            return Ok((!opposite, Test::In(self.set()?)));
        }
        if self.takes(&["exists"]) {
            return Ok((opposite, Test::Exists));
        }
        if self.takes(&["not_exists"]) {
            return Ok((!opposite, Test::Exists));
        }
        Err("an operator is missing".to_owned())
    }

    fn order(&mut self) -> Option<Order> {
        [
            (Order::Less, ["<", "less_than"]),
            (Order::LessOrEqual, ["<=", "less_than_equal"]),
            (Order::Greater, [">", "greater_than"]),
            (Order::GreaterOrEqual, [">=", "greater_than_equal"]),
        ]
        .into_iter()
        .find_map(|(order, names)| self.takes(&names).then_some(order))
    }

    fn word(&mut self, wanted: &str) -> Parsed<String> {
        let missing = || format!("{wanted} is missing");
        let (first, rest) = self.tokens.split_first().ok_or_else(missing)?;
        let (Token::Word(word) | Token::Quoted(word)) = first else { return Err(missing()) };
        self.tokens = rest;
        Ok(word.clone())
    }

    fn set(&mut self) -> Parsed<Vec<String>> {
        if !self.takes(&["["]) {
            return Err("in wants a list in [ ]".to_owned());
        }
        let mut values = vec![self.word("a value")?];
        while self.takes(&[","]) {
            values.push(self.word("a value")?);
        }
        if self.takes(&["]"]) { Ok(values) } else { Err("no closing ]".to_owned()) }
    }

    fn pattern(&mut self) -> Parsed<Test> {
        let pattern = self.word("a pattern")?;
        // Better an error than a wrong answer for what this model cannot match.
        if pattern.contains(['+', '?', '|', '(', '[', '{', '\\', '^', '$']) {
            return Err(format!("the pattern {pattern} has more than literals, . and *"));
        }
        Ok(Test::Matches(pattern))
    }
}

fn field(name: &str) -> Parsed<Field> {
    if let Some(attribute) = name.strip_prefix("attribute:").filter(|name| !name.is_empty()) {
        return Ok(Field::Attribute(attribute.to_owned()));
    }
    Ok(match name {
        "agentConnected" => Field::AgentConnected,
        "agentVersion" => Field::AgentVersion,
        "ec2InstanceId" => Field::Ec2InstanceId,
        "registeredAt" => Field::RegisteredAt,
        "runningTasksCount" => Field::RunningTasksCount,
        "pendingTasksCount" => Field::PendingTasksCount,
        "status" => Field::Status,
        "task:group" => Field::TaskGroup,
        _ => return Err(format!("unknown subject {name}")),
    })
}
