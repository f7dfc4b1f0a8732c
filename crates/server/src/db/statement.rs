//! Writes that are gathered first and sent later, together.

use sea_orm::Value;

/// Values bound to one statement at the most; PostgreSQL counts them in 16 bits.
pub(super) const VALUES_MAX: usize = 65_535;

/// One write with its values.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
}

impl Statement {
    pub fn new(sql: impl Into<String>, values: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            values,
        }
    }

    /// An insert of several rows: `head` ends in `VALUES`, `tail` says what else happens.
    pub fn rows(head: &str, rows: &[Vec<Value>], tail: &str) -> Self {
        let mut values = Vec::new();
        let places: Vec<String> = rows
            .iter()
            .map(|row| {
                let first = values.len() + 1;
                values.extend_from_slice(row);
                let list: Vec<String> = (first..=values.len()).map(|i| format!("${i}")).collect();
                format!("({})", list.join(","))
            })
            .collect();
        Self::new(format!("{head} {} {tail}", places.join(",")), values)
    }
}

/// All writes as one. PostgreSQL runs every data-changing `WITH` query to its end, each on the data as it was before.
pub(super) fn together(mut statements: Vec<Statement>) -> Option<Statement> {
    let mut all = statements.pop()?;
    let mut with = String::new();
    for (place, statement) in statements.into_iter().enumerate() {
        let sql = renumbered(&statement.sql, all.values.len());
        let before = if place == 0 { "WITH" } else { "," };
        with.push_str(&format!("{before} write_{place} AS ({sql}) "));
        all.values.extend(statement.values);
    }
    all.sql.insert_str(0, &with);
    Some(all)
}

/// The statement with its places (`$1` …) moved on.
fn renumbered(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut moved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        let number = number.parse::<usize>().map_or(0, |number| number + by);
        moved.push_str(&format!("${number}{rest}"));
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn writes_together_keep_their_values() {
        let all = together(vec![
            Statement::new("INSERT INTO a VALUES ($1, 'x', $2)", values![1_i64, "a"]),
            Statement::new("INSERT INTO b VALUES ($1)", values![2_i64]),
            Statement::new("UPDATE c SET d = $2 WHERE e = $1", values![3_i64, "c"]),
        ])
        .expect("three writes");
        assert_eq!(
            all.sql,
            "WITH write_0 AS (INSERT INTO a VALUES ($3, 'x', $4)) , write_1 AS (INSERT INTO b VALUES ($5)) \
             UPDATE c SET d = $2 WHERE e = $1"
        );
        assert_eq!(all.values, values![3_i64, "c", 1_i64, "a", 2_i64]);
        assert_eq!(together(Vec::new()), None);
    }

    #[test]
    fn rows_are_numbered_through() {
        let two = [values![1_i64, "a"], values![2_i64, "b"]];
        let insert = Statement::rows(
            "INSERT INTO a (b, c) VALUES",
            &two,
            "ON CONFLICT DO NOTHING",
        );
        assert_eq!(
            insert.sql,
            "INSERT INTO a (b, c) VALUES ($1,$2),($3,$4) ON CONFLICT DO NOTHING"
        );
        assert_eq!(insert.values, values![1_i64, "a", 2_i64, "b"]);
    }
}
