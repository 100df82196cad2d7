//! Words and signs, put together into expressions.

use super::lexer::{Located, Token, lex};
use super::{
    Dataset, Expression, Field, Filter, FilterError, MAX_COLUMNS, MAX_EXPRESSION, Operand,
    Operator, Test, UserColumn, Value,
};
use crate::personalize::column::{Column, Kind};

/// Reads a filter.
pub(super) fn parse(text: &str) -> Result<Filter, FilterError> {
    let length = text.chars().count();
    if length > MAX_EXPRESSION {
        return Err(FilterError {
            position: MAX_EXPRESSION + 1,
            expected: format!("at most {MAX_EXPRESSION} characters"),
            found: length.to_string(),
        });
    }
    let mut parser = Parser {
        tokens: lex(text)?,
        at: 0,
        fields: Vec::new(),
    };
    let mut expressions = vec![parser.expression()?];
    while parser.sign("|") {
        expressions.push(parser.expression()?);
    }
    match parser.token() {
        Token::End => Ok(Filter { expressions }),
        _ => Err(parser.expected("AND, OR, IF, | or the end")),
    }
}

struct Parser {
    /// The last is the end, and stays the next.
    tokens: Vec<Located>,
    at: usize,
    /// Every column met, each once.
    fields: Vec<Field>,
}

impl Parser {
    fn token(&self) -> &Token {
        &self.tokens[self.at].token
    }

    fn step(&mut self) {
        self.at = (self.at + 1).min(self.tokens.len() - 1);
    }

    fn sign(&mut self, wanted: &str) -> bool {
        let there = matches!(self.token(), Token::Sign(sign) if *sign == wanted);
        if there {
            self.step();
        }
        there
    }

    fn keyword(&mut self, wanted: &str) -> bool {
        let there = matches!(self.token(), Token::Word(word) if word.eq_ignore_ascii_case(wanted));
        if there {
            self.step();
        }
        there
    }

    fn must_sign(&mut self, wanted: &str) -> Result<(), FilterError> {
        if self.sign(wanted) {
            return Ok(());
        }
        Err(self.expected(wanted))
    }

    fn must_keyword(&mut self, wanted: &str) -> Result<(), FilterError> {
        if self.keyword(wanted) {
            return Ok(());
        }
        Err(self.expected(wanted))
    }

    /// That something else was expected here.
    fn expected(&self, expected: impl Into<String>) -> FilterError {
        self.expected_at(self.at, expected)
    }

    fn expected_at(&self, at: usize, expected: impl Into<String>) -> FilterError {
        let Located { token, position } = &self.tokens[at];
        FilterError {
            position: *position,
            expected: expected.into(),
            found: match token {
                Token::Word(word) => word.chars().take(64).collect(),
                Token::Text(text) => format!("{:?}", text.chars().take(64).collect::<String>()),
                Token::Number(number) => number.to_string(),
                Token::Parameter(name) => format!("${name}"),
                Token::Sign(sign) => (*sign).to_owned(),
                Token::End => "the end".to_owned(),
            },
        }
    }

    fn expression(&mut self) -> Result<Expression, FilterError> {
        let include = self.keyword("INCLUDE");
        if !include && !self.keyword("EXCLUDE") {
            return Err(self.expected("INCLUDE or EXCLUDE"));
        }
        self.must_keyword("ItemID")?;
        self.must_keyword("WHERE")?;
        let mut expression = Expression {
            include,
            of: self.dataset()?,
            any: vec![Vec::new()],
            only_if: Vec::new(),
        };
        loop {
            let test = self.test(expression.of)?;
            if let Some(all) = expression.any.last_mut() {
                all.push(test);
            }
            if self.keyword("OR") {
                expression.any.push(Vec::new());
            } else if !self.keyword("AND") {
                break;
            }
            self.same_dataset(expression.of)?;
        }
        if self.keyword("IF") {
            loop {
                self.same_dataset(Dataset::CurrentUser)?;
                expression.only_if.push(self.test(Dataset::CurrentUser)?);
                if !self.keyword("AND") {
                    break;
                }
            }
        }
        Ok(expression)
    }

    fn dataset(&mut self) -> Result<Dataset, FilterError> {
        if self.keyword("Items") {
            return Ok(Dataset::Items);
        }
        if self.keyword("Interactions") {
            return Ok(Dataset::Interactions);
        }
        Err(self.expected("Items or Interactions"))
    }

    /// One expression is about one dataset.
    fn same_dataset(&mut self, of: Dataset) -> Result<(), FilterError> {
        let name = match of {
            Dataset::Items => "Items",
            Dataset::Interactions => "Interactions",
            Dataset::CurrentUser => "CurrentUser",
        };
        self.must_keyword(name)
    }

    /// A test, of which the dataset was read.
    fn test(&mut self, of: Dataset) -> Result<Test, FilterError> {
        self.must_sign(".")?;
        let field = self.field(of)?;
        let operator = self.operator(&field)?;
        let operand = self.operand(&field, operator)?;
        Ok(Test {
            field,
            operator,
            operand,
        })
    }

    fn field(&mut self, of: Dataset) -> Result<Field, FilterError> {
        let Token::Word(name) = self.token().clone() else {
            return Err(self.expected("the name of a column"));
        };
        let field = match of {
            Dataset::Items => self.column(&name).map(Field::Item)?,
            Dataset::Interactions if name.eq_ignore_ascii_case("EVENT_TYPE") => Field::EventType,
            Dataset::Interactions => return Err(self.expected("EVENT_TYPE")),
            Dataset::CurrentUser => Field::User(UserColumn::named(&name)),
        };
        if !self.fields.contains(&field) {
            if self.fields.len() == MAX_COLUMNS {
                return Err(self.expected(format!("at most {MAX_COLUMNS} different columns")));
            }
            self.fields.push(field.clone());
        }
        self.step();
        Ok(field)
    }

    /// A column of the items that they can be filtered by; the word stays the next.
    fn column(&self, name: &str) -> Result<Column, FilterError> {
        let of = |column: &Column| column.kind() != Kind::Text;
        let column = Column::named(name).filter(of);
        column.ok_or_else(|| {
            let names = Column::names(|column| of(&column));
            self.expected(format!("one of {names}"))
        })
    }

    fn operator(&mut self, field: &Field) -> Result<Operator, FilterError> {
        const SIGNS: [(&str, Operator); 6] = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<", Operator::Less),
            ("<=", Operator::AtMost),
            (">", Operator::More),
            (">=", Operator::AtLeast),
        ];
        if self.keyword("IN") {
            return Ok(Operator::In);
        }
        if self.keyword("NOT") {
            self.must_keyword("IN")?;
            return Ok(Operator::NotIn);
        }
        let signs = match (field, field.kind()) {
            (Field::EventType, _) => return Err(self.expected("IN or NOT IN")),
            (_, Kind::Number) | (Field::User(UserColumn::Property(_)), _) => &SIGNS[..],
            _ => &SIGNS[..2],
        };
        let found = signs.iter().find(|(sign, _)| self.sign(sign));
        found.map(|(_, operator)| *operator).ok_or_else(|| {
            let signs: Vec<&str> = signs.iter().map(|(sign, _)| *sign).collect();
            self.expected(format!("one of IN, NOT IN, {}", signs.join(", ")))
        })
    }

    fn operand(&mut self, field: &Field, operator: Operator) -> Result<Operand, FilterError> {
        if matches!(field, Field::Item(_)) && self.keyword("CurrentItem") {
            self.must_sign(".")?;
            return self.current(field);
        }
        let several = operator.takes_several();
        let bracket = self.sign("(");
        if several && !bracket {
            return Err(self.expected("("));
        }
        let mut values = vec![self.value(field, operator)?];
        while several && self.sign(",") {
            values.push(self.value(field, operator)?);
        }
        if bracket {
            self.must_sign(")")?;
        }
        Ok(Operand::Values(values))
    }

    fn current(&mut self, field: &Field) -> Result<Operand, FilterError> {
        let Token::Word(name) = self.token().clone() else {
            return Err(self.expected("the name of a column"));
        };
        let column = self.column(&name)?;
        if column.kind() != field.kind() {
            let names = Column::names(|column| column.kind() == field.kind());
            return Err(self.expected(format!("one of {names}")));
        }
        self.step();
        Ok(Operand::CurrentItem(column))
    }

    fn value(&mut self, field: &Field, operator: Operator) -> Result<Value, FilterError> {
        let anything = field.is_property() && !operator.orders();
        let number = field.kind() == Kind::Number || field.is_property() && operator.orders();
        let value = match self.token().clone() {
            Token::Parameter(_) if operator == Operator::NotIn => {
                return Err(self.expected(
                    "no parameter behind NOT IN (IN in an expression that does the opposite says the \
                     same)",
                ));
            }
            Token::Parameter(name) => Value::Parameter(name),
            Token::Sign("*") if *field == Field::EventType => Value::Any,
            Token::Text(text) if *field == Field::EventType && text == "*" => Value::Any,
            Token::Number(value) if number || anything => Value::Number(value),
            Token::Text(text) if number => match text.trim().parse::<f64>() {
                Ok(value) if value.is_finite() => Value::Number(value),
                _ => return Err(self.expected("a number")),
            },
            Token::Text(text) => Value::Text(text),
            _ if number => return Err(self.expected("a number or a $PARAMETER")),
            _ if anything => {
                return Err(self.expected("a string in double quotes, a number or a $PARAMETER"));
            }
            _ => return Err(self.expected("a string in double quotes or a $PARAMETER")),
        };
        self.step();
        Ok(value)
    }
}
