//! Source files as the rules see them: code without comments and words, and the words by themselves.

use std::fs;
use std::path::{Path, PathBuf};

/// One file of `src` or `tests`.
pub struct Source {
    /// Path below the crate, with `/`.
    pub path: String,
    pub text: String,
    /// The text with comments, strings and character literals blanked out, line by line as before.
    pub code: String,
    /// The content of every string literal.
    pub strings: Vec<String>,
}

impl Source {
    fn read(root: &Path, path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a source file");
        let (code, strings) = split(&text);
        let path = path.strip_prefix(root).expect("inside the crate");
        Self {
            path: path.to_string_lossy().replace('\\', "/"),
            text,
            code,
            strings,
        }
    }

    /// The room of a file of `src`; none for the crate's own two roots.
    pub fn room(&self) -> Option<&str> {
        let rest = self.path.strip_prefix("src/")?;
        let first = rest.split('/').next()?;
        match first.strip_suffix(".rs") {
            Some("lib" | "main") => None,
            Some(file) => Some(file),
            None => Some(first),
        }
    }

    /// Lines before the unit tests.
    pub fn lines_of_code(&self) -> usize {
        self.text
            .lines()
            .take_while(|line| line.trim() != "#[cfg(test)]")
            .count()
    }

    /// Where SQL may stand.
    pub fn is_store(&self) -> bool {
        self.path.ends_with("/store.rs") || self.path.contains("/store/")
    }
}

pub fn crate_root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file below a folder of the crate, sorted.
pub fn sources(folder: &str) -> Vec<Source> {
    let root = crate_root();
    let mut paths = Vec::new();
    collect(&root.join(folder), &mut paths);
    paths.sort();
    assert!(paths.len() > 3, "{folder} has files");
    paths.iter().map(|path| Source::read(&root, path)).collect()
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Separates code from words.
fn split(text: &str) -> (String, Vec<String>) {
    let chars: Vec<char> = text.chars().collect();
    let (mut code, mut strings) = (String::with_capacity(text.len()), Vec::new());
    let mut at = 0;
    let blank = |code: &mut String, piece: &[char]| {
        code.extend(piece.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
    };
    while at < chars.len() {
        let rest = &chars[at..];
        let word_before = at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_');
        let length = if rest.starts_with(&['/', '/']) {
            rest.iter().position(|c| *c == '\n').unwrap_or(rest.len())
        } else if rest.starts_with(&['/', '*']) {
            block_comment(rest)
        } else if let Some((length, content)) = raw_string(rest).filter(|_| !word_before) {
            strings.push(content);
            length
        } else if rest[0] == '"' {
            let (length, content) = string(rest);
            strings.push(content);
            length
        } else if let Some(length) = character(rest) {
            length
        } else {
            code.push(rest[0]);
            at += 1;
            continue;
        };
        blank(&mut code, &rest[..length]);
        at += length;
    }
    (code, strings)
}

fn block_comment(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        if rest[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn raw_string(rest: &[char]) -> Option<(usize, String)> {
    let start = match rest {
        ['r', ..] => 1,
        ['b', 'r', ..] => 2,
        _ => return None,
    };
    let hashes = rest[start..].iter().take_while(|c| **c == '#').count();
    if rest.get(start + hashes) != Some(&'"') {
        return None;
    }
    let first = start + hashes + 1;
    let closing: Vec<char> = std::iter::once('"')
        .chain(std::iter::repeat_n('#', hashes))
        .collect();
    let end = (first..rest.len()).find(|at| rest[*at..].starts_with(&closing))?;
    Some((end + closing.len(), rest[first..end].iter().collect()))
}

fn string(rest: &[char]) -> (usize, String) {
    let (mut at, mut content) = (1, String::new());
    while at < rest.len() && rest[at] != '"' {
        if rest[at] == '\\' {
            // A line that goes on behind a backslash is one text.
            content.push(if rest.get(at + 1) == Some(&'\n') {
                ' '
            } else {
                '\\'
            });
            at += 1;
        } else {
            content.push(rest[at]);
        }
        at += 1;
    }
    (at + 1, content)
}

/// A character literal, not a lifetime.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', ..] => rest[3..].iter().position(|c| *c == '\'').map(|at| at + 4),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// Every path that begins with `crate::`, groups taken apart: `crate::{a, b::c}` gives `a` and `b::c`.
pub fn crate_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let mut tokens = Tokens(&code[at + "crate::".len()..]);
        tokens.tree(&mut Vec::new(), &mut found);
    }
    found
}

struct Tokens<'a>(&'a str);

impl Tokens<'_> {
    fn skip_blank(&mut self) {
        self.0 = self.0.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_blank();
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn word(&mut self) -> Option<String> {
        self.skip_blank();
        let end = self
            .0
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn tree(&mut self, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
        if self.take("{") {
            while !self.take("}") {
                self.tree(&mut prefix.clone(), found);
                self.take(",");
                if self.0.is_empty() {
                    return;
                }
            }
            return;
        }
        let Some(word) = self.word() else {
            self.take("*");
            return;
        };
        if word != "self" {
            prefix.push(word);
        }
        if self.0.starts_with("::") && self.take("::") {
            return self.tree(prefix, found);
        }
        found.push(prefix.clone());
        if self.0.trim_start().starts_with("as ") {
            self.take("as");
            self.word();
        }
    }
}

/// The rows of the Markdown table under a heading, without its head.
pub fn table(markdown: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = markdown
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("no {heading}"));
    section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| {
            line.trim_matches('|')
                .split('|')
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// What stands between backticks.
pub fn ticked(text: &str) -> Vec<String> {
    text.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}
