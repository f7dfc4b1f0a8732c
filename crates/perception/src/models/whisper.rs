//! Whisper base: the weights of a CTranslate2 file as two graphs, one that listens and one that
//! writes a token at a time.

use super::Unusable;
use super::onnx::{Attr, Dim, Graph, Kind};
use std::collections::BTreeMap;

/// Layers of each side.
pub const LAYERS: usize = 6;
const WIDTH: i64 = 512;
const HEADS: i64 = 8;
const HEAD: i64 = WIDTH / HEADS;
const TOKENS: i64 = 51_865;
/// Half precision, as CTranslate2 numbers it.
const HALF: u8 = 4;

struct Half<'a> {
    shape: Vec<usize>,
    raw: &'a [u8],
}

/// The named arrays of a CTranslate2 file.
struct Weights<'a>(BTreeMap<&'a str, Half<'a>>);

/// Cursor over the file.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], Unusable> {
        let Some((own, rest)) = self.0.split_at_checked(count) else {
            return Err(Unusable("a speech model that ends early"));
        };
        self.0 = rest;
        Ok(own)
    }

    fn uint(&mut self, width: usize) -> Result<usize, Unusable> {
        let bytes = self.take(width)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 8 | usize::from(*byte)))
    }

    fn text(&mut self) -> Result<&'a str, Unusable> {
        let length = self.uint(2)?;
        let bytes = self.take(length)?;
        std::str::from_utf8(bytes)
            .map(|text| text.trim_end_matches('\0'))
            .map_err(|_| Unusable("a speech model's names"))
    }
}

impl<'a> Weights<'a> {
    fn read(file: &'a [u8]) -> Result<Self, Unusable> {
        let mut reader = Reader(file);
        reader.take(4)?;
        reader.text()?;
        reader.take(4)?;
        let mut found = BTreeMap::new();
        for _ in 0..reader.uint(4)? {
            let name = reader.text()?;
            let shape = (0..reader.uint(1)?)
                .map(|_| reader.uint(4))
                .collect::<Result<_, _>>()?;
            let kind = reader.uint(1)? as u8;
            let length = reader.uint(4)?;
            let raw = reader.take(length)?;
            if kind == HALF {
                found.insert(name, Half { shape, raw });
            }
        }
        Ok(Self(found))
    }

    fn get(&self, name: &str) -> Result<&Half<'a>, Unusable> {
        self.0.get(name).ok_or(Unusable("a speech layer"))
    }
}

struct Net<'a> {
    weights: Weights<'a>,
    graph: Graph,
}

/// What listens: a log-mel picture `[1, 80, 2 n]` to what the writer looks at, a key and a value
/// `[1, 8, n, 64]` for each of its layers.
pub fn listener(file: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut net = Net::read(file)?;
    let mel = [Dim::Fixed(1), Dim::Fixed(80), Dim::Named("frames")];
    net.graph.input("mel", Kind::F32, &mel);
    let x = net.convolved("mel", "encoder/conv1", 1)?;
    let x = net.convolved(&x, "encoder/conv2", 2)?;
    let x = net.permuted(&x, &[0, 2, 1]);
    let places = net.weight("encoder/position_encodings/encodings")?;
    let shape = net.graph.node("Shape", &[&x], &[]);
    let length = net.part(&shape, 1, 2);
    let zero = net.graph.ints(&[0]);
    let places = net.graph.node("Slice", &[&places, &zero, &length], &[]);
    let mut x = net.graph.node("Add", &[&x, &places], &[]);
    for layer in 0..LAYERS {
        let name = format!("encoder/layer_{layer}");
        let [q, k, v] = net.split_self(&x, &name)?;
        let k = net.permuted(&k, &[0, 1, 3, 2]);
        x = net.attended(
            &x,
            [&q, &k, &v],
            None,
            &format!("{name}/self_attention/linear_1"),
        )?;
        x = net.widened(&x, &name)?;
    }
    let x = net.normed(&x, "encoder/layer_norm")?;
    for layer in 0..LAYERS {
        let name = format!("decoder/layer_{layer}/attention/linear_1");
        let both = net.linear(&x, &name)?;
        for (part, what) in ["key", "value"].into_iter().enumerate() {
            let heads = net.heads(&both, part as i64, 2);
            let out = format!("{what}{layer}");
            net.graph.node_to("Identity", &[&heads], &[&out], &[]);
            net.graph.output(&out, Kind::F32, &cache("n"));
        }
    }
    Ok(net.graph.finish("listener"))
}

/// What writes: the next tokens `[1, m]`, what was said and what was written before, to the
/// weights `[1, 51865]` of the token after the last and what is to be kept.
pub fn writer(file: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut net = Net::read(file)?;
    let tokens = [Dim::Fixed(1), Dim::Named("m")];
    net.graph.input("tokens", Kind::I64, &tokens);
    for layer in 0..LAYERS {
        for (what, length) in [
            ("key", "n"),
            ("value", "n"),
            ("past_key", "p"),
            ("past_value", "p"),
        ] {
            let name = format!("{what}{layer}");
            net.graph.input(&name, Kind::F32, &cache(length));
        }
    }
    // Where the first of these tokens stands, and a mask that hides each one's future.
    let past = net.graph.node("Shape", &["past_key0"], &[]);
    let past = net.part(&past, 2, 3);
    let count = net.graph.node("Shape", &["tokens"], &[]);
    let count = net.part(&count, 1, 2);
    let end = net.graph.node("Add", &[&past, &count], &[]);
    let mask = net.mask(&past, &end);
    let table = net.weight("decoder/embeddings/weight")?;
    let words = net.graph.node("Gather", &[&table, "tokens"], &[]);
    let places = net.weight("decoder/position_encodings/encodings")?;
    let places = net.graph.node("Slice", &[&places, &past, &end], &[]);
    let mut x = net.graph.node("Add", &[&words, &places], &[]);
    for layer in 0..LAYERS {
        let name = format!("decoder/layer_{layer}");
        let [q, k, v] = net.split_self(&x, &name)?;
        let [k, v] = [("key", k), ("value", v)].map(|(what, own)| {
            let (past, kept) = (format!("past_{what}{layer}"), format!("kept_{what}{layer}"));
            let along = [("axis", Attr::Int(2))];
            net.graph
                .node_to("Concat", &[&past, &own], &[&kept], &along);
            net.graph.output(&kept, Kind::F32, &cache("q"));
            kept
        });
        let k = net.permuted(&k, &[0, 1, 3, 2]);
        x = net.attended(
            &x,
            [&q, &k, &v],
            Some(&mask),
            &format!("{name}/self_attention/linear_1"),
        )?;
        let y = net.normed(&x, &format!("{name}/attention/layer_norm"))?;
        let y = net.linear(&y, &format!("{name}/attention/linear_0"))?;
        let q = net.heads(&y, 0, 1);
        let k = net.permuted(&format!("key{layer}"), &[0, 1, 3, 2]);
        let v = format!("value{layer}");
        x = net.attended(
            &x,
            [&q, &k, &v],
            None,
            &format!("{name}/attention/linear_2"),
        )?;
        x = net.widened(&x, &name)?;
    }
    let x = net.normed(&x, "decoder/layer_norm")?;
    let (last, axis) = (net.graph.int(-1), [("axis", Attr::Int(1))]);
    let x = net.graph.node("Gather", &[&x, &last], &axis);
    net.graph.node_to(
        "Gemm",
        &[&x, &table],
        &["logits"],
        &[("transB", Attr::Int(1))],
    );
    let dims = [Dim::Fixed(1), Dim::Fixed(TOKENS)];
    net.graph.output("logits", Kind::F32, &dims);
    Ok(net.graph.finish("writer"))
}

fn cache(length: &'static str) -> [Dim; 4] {
    [
        Dim::Fixed(1),
        Dim::Fixed(HEADS),
        Dim::Named(length),
        Dim::Fixed(HEAD),
    ]
}

impl<'a> Net<'a> {
    fn read(file: &'a [u8]) -> Result<Self, Unusable> {
        Ok(Self {
            weights: Weights::read(file)?,
            graph: Graph::default(),
        })
    }

    fn weight(&mut self, name: &str) -> Result<String, Unusable> {
        let half = self.weights.get(name)?;
        Ok(self.graph.halves(&half.shape, half.raw))
    }

    fn permuted(&mut self, x: &str, order: &[i64]) -> String {
        self.graph
            .node("Transpose", &[x], &[("perm", Attr::Ints(order))])
    }

    /// Elements `from..to` of a short list.
    fn part(&mut self, list: &str, from: i64, to: i64) -> String {
        let (from, to) = (self.graph.ints(&[from]), self.graph.ints(&[to]));
        self.graph.node("Slice", &[list, &from, &to], &[])
    }

    fn convolved(&mut self, x: &str, name: &str, stride: i64) -> Result<String, Unusable> {
        let w = self.weight(&format!("{name}/weight"))?;
        let b = self.weight(&format!("{name}/bias"))?;
        let attrs = [
            ("strides", Attr::Ints(&[stride])),
            ("pads", Attr::Ints(&[1, 1])),
        ];
        let y = self.graph.node("Conv", &[x, &w, &b], &attrs);
        Ok(self.graph.node("Gelu", &[&y], &[]))
    }

    fn normed(&mut self, x: &str, name: &str) -> Result<String, Unusable> {
        let gamma = self.weight(&format!("{name}/gamma"))?;
        let beta = self.weight(&format!("{name}/beta"))?;
        let attrs = [("epsilon", Attr::Float(1e-5))];
        Ok(self
            .graph
            .node("LayerNormalization", &[x, &gamma, &beta], &attrs))
    }

    fn linear(&mut self, x: &str, name: &str) -> Result<String, Unusable> {
        let w = self.weight(&format!("{name}/weight"))?;
        let b = self.weight(&format!("{name}/bias"))?;
        let w = self.permuted(&w, &[1, 0]);
        let y = self.graph.node("MatMul", &[x, &w], &[]);
        Ok(self.graph.node("Add", &[&y, &b], &[]))
    }

    /// One of `parts` equal parts of the last dimension, as heads `[1, 8, n, 64]`.
    fn heads(&mut self, x: &str, part: i64, parts: i64) -> String {
        let x = match parts {
            1 => x.to_owned(),
            _ => {
                let ends = [part * WIDTH, (part + 1) * WIDTH];
                let [from, to] = ends.map(|end| self.graph.ints(&[end]));
                let axis = self.graph.ints(&[2]);
                self.graph.node("Slice", &[x, &from, &to, &axis], &[])
            }
        };
        let shape = self.graph.ints(&[1, -1, HEADS, HEAD]);
        let x = self.graph.node("Reshape", &[&x, &shape], &[]);
        self.permuted(&x, &[0, 2, 1, 3])
    }

    fn split_self(&mut self, x: &str, name: &str) -> Result<[String; 3], Unusable> {
        let y = self.normed(x, &format!("{name}/self_attention/layer_norm"))?;
        let y = self.linear(&y, &format!("{name}/self_attention/linear_0"))?;
        Ok([0, 1, 2].map(|part| self.heads(&y, part, 3)))
    }

    /// Attention with keys already turned, its projection and the sum with `x`.
    fn attended(
        &mut self,
        x: &str,
        [q, k, v]: [&str; 3],
        mask: Option<&str>,
        projection: &str,
    ) -> Result<String, Unusable> {
        let scale = self.graph.floats(&[], &[(HEAD as f32).sqrt().recip()]);
        let q = self.graph.node("Mul", &[q, &scale], &[]);
        let mut weights = self.graph.node("MatMul", &[&q, k], &[]);
        if let Some(mask) = mask {
            weights = self.graph.node("Add", &[&weights, mask], &[]);
        }
        let weights = self
            .graph
            .node("Softmax", &[&weights], &[("axis", Attr::Int(-1))]);
        let y = self.graph.node("MatMul", &[&weights, v], &[]);
        let y = self.permuted(&y, &[0, 2, 1, 3]);
        let shape = self.graph.ints(&[1, -1, WIDTH]);
        let y = self.graph.node("Reshape", &[&y, &shape], &[]);
        let y = self.linear(&y, projection)?;
        Ok(self.graph.node("Add", &[x, &y], &[]))
    }

    fn widened(&mut self, x: &str, name: &str) -> Result<String, Unusable> {
        let y = self.normed(x, &format!("{name}/ffn/layer_norm"))?;
        let y = self.linear(&y, &format!("{name}/ffn/linear_0"))?;
        let y = self.graph.node("Gelu", &[&y], &[]);
        let y = self.linear(&y, &format!("{name}/ffn/linear_1"))?;
        Ok(self.graph.node("Add", &[x, &y], &[]))
    }

    /// Zero where a token may look, far below zero where it may not.
    fn mask(&mut self, past: &str, end: &str) -> String {
        let empty = self.graph.ints(&[]);
        let [past, end] = [past, end].map(|at| self.graph.node("Reshape", &[at, &empty], &[]));
        let (zero, one) = (self.graph.int(0), self.graph.int(1));
        let seen = self.graph.node("Range", &[&zero, &end, &one], &[]);
        let own = self.graph.node("Range", &[&past, &end, &one], &[]);
        let axis = self.graph.ints(&[1]);
        let own = self.graph.node("Unsqueeze", &[&own, &axis], &[]);
        let future = self.graph.node("Greater", &[&seen, &own], &[]);
        let (no, yes) = (
            self.graph.floats(&[], &[-1e9]),
            self.graph.floats(&[], &[0.0]),
        );
        self.graph.node("Where", &[&future, &no, &yes], &[])
    }
}

/// The letters of every token, from a tokenizer's description: a length of one byte, then so many.
pub fn tokens(tokenizer: &[u8]) -> Result<Vec<u8>, Unusable> {
    let broken = || Unusable("a tokenizer");
    let read: serde_json::Value = serde_json::from_slice(tokenizer).map_err(|_| broken())?;
    let vocabulary = read["model"]["vocab"].as_object().ok_or_else(broken)?;
    let bytes = alphabet();
    let mut words = vec![Vec::new(); vocabulary.len()];
    for (word, number) in vocabulary {
        let place = number
            .as_u64()
            .and_then(|number| words.get_mut(number as usize))
            .ok_or_else(broken)?;
        *place = word
            .chars()
            .map(|letter| bytes.get(&letter).copied().ok_or_else(broken))
            .collect::<Result<Vec<u8>, _>>()?;
    }
    let mut out = Vec::new();
    for word in words {
        out.push(u8::try_from(word.len()).map_err(|_| broken())?);
        out.extend(word);
    }
    Ok(out)
}

/// The letter that stands for each byte in a byte-level vocabulary.
fn alphabet() -> BTreeMap<char, u8> {
    let shown = |byte: &u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let own = (0..=255).filter(shown).map(|byte| (char::from(byte), byte));
    let rest = (0..=255).filter(|byte| !shown(byte)).zip(256..);
    own.chain(rest.filter_map(|(byte, code)| Some((char::from_u32(code)?, byte))))
        .collect()
}
