//! Writes ONNX files: a graph of nodes and weights in protocol-buffer encoding, nothing more.

/// Sort of a tensor's elements, as ONNX numbers them.
#[derive(Clone, Copy)]
pub enum Kind {
    F32 = 1,
    I64 = 7,
    F16 = 10,
}

/// An attribute of a node.
pub enum Attr<'a> {
    Int(i64),
    Float(f32),
    Ints(&'a [i64]),
    Text(&'a str),
}

/// Length of one dimension: a number, or a name where it varies.
pub enum Dim {
    Fixed(i64),
    Named(&'static str),
}

/// A graph in the making; values go by name.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<u8>,
    weights: Vec<u8>,
    inputs: Vec<u8>,
    outputs: Vec<u8>,
    names: u32,
}

const OPSET: u64 = 20;
const IR_VERSION: u64 = 9;

impl Graph {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// Adds a node with one output and gives that output's name.
    pub fn node(&mut self, op: &str, inputs: &[&str], attrs: &[(&str, Attr<'_>)]) -> String {
        let out = self.name();
        self.node_to(op, inputs, &[&out], attrs);
        out
    }

    /// Adds a node with named outputs.
    pub fn node_to(
        &mut self,
        op: &str,
        inputs: &[&str],
        outputs: &[&str],
        attrs: &[(&str, Attr<'_>)],
    ) {
        let mut node = Vec::new();
        for input in inputs {
            field(&mut node, 1, input.as_bytes());
        }
        for output in outputs {
            field(&mut node, 2, output.as_bytes());
        }
        field(&mut node, 4, op.as_bytes());
        for (name, attr) in attrs {
            field(&mut node, 5, &attribute(name, attr));
        }
        field(&mut self.nodes, 1, &node);
    }

    /// Adds weights and gives their name.
    pub fn floats(&mut self, shape: &[usize], values: &[f32]) -> String {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.raw(Kind::F32, shape, &raw)
    }

    /// Adds weights of half precision, widened when the file is loaded.
    pub fn halves(&mut self, shape: &[usize], raw: &[u8]) -> String {
        let stored = self.raw(Kind::F16, shape, raw);
        self.node("Cast", &[&stored], &[("to", Attr::Int(Kind::F32 as i64))])
    }

    /// Adds a list of whole numbers.
    pub fn ints(&mut self, values: &[i64]) -> String {
        let raw: Vec<u8> = values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        self.raw(Kind::I64, &[values.len()], &raw)
    }

    /// Adds one whole number without dimensions.
    pub fn int(&mut self, value: i64) -> String {
        self.raw(Kind::I64, &[], &value.to_le_bytes())
    }

    fn raw(&mut self, kind: Kind, shape: &[usize], raw: &[u8]) -> String {
        let name = self.name();
        let mut tensor = Vec::with_capacity(raw.len() + 64);
        for length in shape {
            number(&mut tensor, 1, *length as u64);
        }
        number(&mut tensor, 2, kind as u64);
        field(&mut tensor, 8, name.as_bytes());
        field(&mut tensor, 9, raw);
        field(&mut self.weights, 5, &tensor);
        name
    }

    /// Declares an input.
    pub fn input(&mut self, name: &str, kind: Kind, dims: &[Dim]) {
        field(&mut self.inputs, 11, &value(name, kind, dims));
    }

    /// Declares an output.
    pub fn output(&mut self, name: &str, kind: Kind, dims: &[Dim]) {
        field(&mut self.outputs, 12, &value(name, kind, dims));
    }

    /// The finished file.
    pub fn finish(self, name: &str) -> Vec<u8> {
        let mut graph = self.nodes;
        field(&mut graph, 2, name.as_bytes());
        for part in [self.weights, self.inputs, self.outputs] {
            graph.extend(part);
        }
        let mut opset = Vec::new();
        number(&mut opset, 2, OPSET);
        let mut model = Vec::with_capacity(graph.len() + 64);
        number(&mut model, 1, IR_VERSION);
        field(&mut model, 2, b"xiaobao-perception");
        field(&mut model, 7, &graph);
        field(&mut model, 8, &opset);
        model
    }
}

fn attribute(name: &str, attr: &Attr<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    field(&mut out, 1, name.as_bytes());
    let kind = match attr {
        Attr::Float(value) => {
            varint(&mut out, 2 << 3 | 5);
            out.extend(value.to_le_bytes());
            1
        }
        Attr::Int(value) => {
            number(&mut out, 3, *value as u64);
            2
        }
        Attr::Text(text) => {
            field(&mut out, 4, text.as_bytes());
            3
        }
        Attr::Ints(values) => {
            for value in *values {
                number(&mut out, 8, *value as u64);
            }
            7
        }
    };
    number(&mut out, 20, kind);
    out
}

fn value(name: &str, kind: Kind, dims: &[Dim]) -> Vec<u8> {
    let mut shape = Vec::new();
    for dim in dims {
        let mut one = Vec::new();
        match dim {
            Dim::Fixed(length) => number(&mut one, 1, *length as u64),
            Dim::Named(name) => field(&mut one, 2, name.as_bytes()),
        }
        field(&mut shape, 1, &one);
    }
    let mut tensor = Vec::new();
    number(&mut tensor, 1, kind as u64);
    field(&mut tensor, 2, &shape);
    let mut sort = Vec::new();
    field(&mut sort, 1, &tensor);
    let mut out = Vec::new();
    field(&mut out, 1, name.as_bytes());
    field(&mut out, 2, &sort);
    out
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(out: &mut Vec<u8>, tag: u64, value: u64) {
    varint(out, tag << 3);
    varint(out, value);
}

fn field(out: &mut Vec<u8>, tag: u64, bytes: &[u8]) {
    varint(out, tag << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_encoded_as_protocol_buffers_say() {
        let mut out = Vec::new();
        number(&mut out, 1, 300);
        assert_eq!(out, [0x08, 0xac, 0x02]);
        out.clear();
        field(&mut out, 2, b"ok");
        assert_eq!(out, [0x12, 2, b'o', b'k']);
        out.clear();
        varint(&mut out, -1_i64 as u64);
        assert_eq!(out.len(), 10);
    }
}
