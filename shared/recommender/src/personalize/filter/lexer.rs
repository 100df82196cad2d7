//! Filter expressions, taken apart into words and signs.

use super::FilterError;

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A keyword or a name: letters, digits and underscores.
    Word(String),
    /// A string in double quotes, without them.
    Text(String),
    /// A number.
    Number(f64),
    /// A parameter, without its dollar sign.
    Parameter(String),
    /// One of `( ) , . | * = != < <= > >=`.
    Sign(&'static str),
    /// The end of the expression.
    End,
}

/// A part and the character that it begins at, the first being 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Located {
    pub(super) token: Token,
    pub(super) position: usize,
}

/// Signs, those of two characters before those that they begin with.
const SIGNS: [&str; 12] = [
    "<=", ">=", "!=", "<", ">", "=", "(", ")", ",", ".", "|", "*",
];

/// Takes an expression apart; the last part is its end.
pub(super) fn lex(text: &str) -> Result<Vec<Located>, FilterError> {
    let mut lexer = Lexer {
        rest: text,
        position: 1,
    };
    let mut tokens = Vec::new();
    loop {
        lexer.skip(char::is_whitespace);
        let position = lexer.position;
        let token = lexer.next()?;
        let ended = token == Token::End;
        tokens.push(Located { token, position });
        if ended {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Lexer<'a> {
    /// Goes on behind the first `bytes` of what is left, and gives them.
    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.position += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn skip(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !of(c));
        self.take(end.unwrap_or(self.rest.len()))
    }

    fn next(&mut self) -> Result<Token, FilterError> {
        let Some(first) = self.rest.chars().next() else {
            return Ok(Token::End);
        };
        if first == '"' {
            return self.text();
        }
        if first == '$' {
            let position = self.position;
            self.take(1);
            let name = self.skip(of_word);
            if name.is_empty() {
                return Err(self.error(position, "a parameter's name behind $"));
            }
            return Ok(Token::Parameter(name.to_owned()));
        }
        if first.is_ascii_digit() || first == '-' {
            return self.number();
        }
        if of_word(first) {
            return Ok(Token::Word(self.skip(of_word).to_owned()));
        }
        let sign = SIGNS.iter().find(|sign| self.rest.starts_with(**sign));
        match sign {
            Some(sign) => {
                self.take(sign.len());
                Ok(Token::Sign(sign))
            }
            _ => Err(self.error(
                self.position,
                "a word, a string in double quotes, a number, a $PARAMETER, or one of ( ) , . | * = != < <= > >=",
            )),
        }
    }

    /// A string: in it `\"` stands for a quote and `\\` for a backslash.
    fn text(&mut self) -> Result<Token, FilterError> {
        let position = self.position;
        self.take(1);
        let mut text = String::new();
        loop {
            text.push_str(self.skip(|c| c != '"' && c != '\\'));
            if self.rest.starts_with('"') {
                self.take(1);
                return Ok(Token::Text(text));
            }
            match self.rest.chars().nth(1) {
                Some(escaped @ ('"' | '\\')) => {
                    self.take(2);
                    text.push(escaped);
                }
                Some(_) => {
                    text.push_str(self.take(1));
                }
                None => {
                    return Err(FilterError {
                        position,
                        expected: "a string that ends in a double quote".to_owned(),
                        found: "one that does not end".to_owned(),
                    });
                }
            }
        }
    }

    fn number(&mut self) -> Result<Token, FilterError> {
        let position = self.position;
        let before = self.rest;
        let sign = usize::from(before.starts_with('-'));
        self.take(sign);
        self.skip(|c| c.is_ascii_digit() || c == '.');
        let text = &before[..before.len() - self.rest.len()];
        let number = text.parse().ok().filter(|number: &f64| number.is_finite());
        match number {
            Some(number) if !self.rest.starts_with(of_word) => Ok(Token::Number(number)),
            _ => {
                self.rest = before;
                Err(self.error(position, "a number such as 1999 or 7.5"))
            }
        }
    }

    fn error(&self, position: usize, expected: &str) -> FilterError {
        let word: String = self
            .rest
            .chars()
            .take_while(|c| !c.is_whitespace())
            .take(32)
            .collect();
        FilterError {
            position,
            expected: expected.to_owned(),
            found: if word.is_empty() {
                "the end".to_owned()
            } else {
                format!("{word:?}")
            },
        }
    }
}

fn of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}
