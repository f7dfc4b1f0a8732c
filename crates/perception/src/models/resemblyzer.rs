//! The speaker encoder of Resemblyzer: three recurrent layers and one flat one.
//!
//! Its file is a pickle, a little program; instead of running one, the places of the weights are
//! listed here. The file is checked by digest before, so they can't move.

use super::onnx::{Attr, Dim, Graph, Kind};
use super::{Unusable, f32s};

/// Where the storage of the recurrent layers begins, in bytes.
const LAYERS: usize = 269_883;
/// Where the flat layer's weights and bias begin, in bytes.
const FLAT: (usize, usize) = (7_731, 6_699);
/// Width of every layer, and of the voiceprint.
const WIDTH: usize = 256;
const MELS: usize = 40;
const GATES: usize = 4 * WIDTH;
/// First value of input weights, inner weights, input bias and inner bias, for each layer.
const PLACES: [[usize; 4]; 3] = [
    [0, 40_960, 1_351_680, 1_352_704],
    [303_104, 565_248, 1_353_728, 1_354_752],
    [827_392, 1_089_536, 1_355_776, 1_356_800],
];

/// Mel frames `[n, 160, 40]` to voiceprints `[n, 256]` of length one.
pub fn encoder(file: &[u8]) -> Result<Vec<u8>, Unusable> {
    let take = |from: usize, count: usize| {
        let bytes = file.get(from..from + 4 * count);
        bytes.map(f32s).ok_or(Unusable("a speaker encoder"))
    };
    let layer = |at: usize, count: usize| take(LAYERS + 4 * at, count);
    let mut graph = Graph::default();
    let frames = [Dim::Named("n"), Dim::Fixed(160), Dim::Fixed(MELS as i64)];
    graph.input("mels", Kind::F32, &frames);
    let mut x = graph.node("Transpose", &["mels"], &[("perm", Attr::Ints(&[1, 0, 2]))]);
    let (first, second) = (graph.ints(&[0]), graph.ints(&[1]));
    let mut last = String::new();
    for (index, [input, inner, input_bias, inner_bias]) in PLACES.into_iter().enumerate() {
        let width = if index == 0 { MELS } else { WIDTH };
        let w = reordered(&layer(input, GATES * width)?);
        let r = reordered(&layer(inner, GATES * WIDTH)?);
        let mut bias = reordered(&layer(input_bias, GATES)?);
        bias.extend(reordered(&layer(inner_bias, GATES)?));
        let w = graph.floats(&[1, GATES, width], &w);
        let r = graph.floats(&[1, GATES, WIDTH], &r);
        let bias = graph.floats(&[1, 2 * GATES], &bias);
        let (all, end) = (format!("all{index}"), format!("end{index}"));
        let hidden = [("hidden_size", Attr::Int(WIDTH as i64))];
        graph.node_to("LSTM", &[&x, &w, &r, &bias], &[&all, &end], &hidden);
        x = graph.node("Squeeze", &[&all, &second], &[]);
        last = graph.node("Squeeze", &[&end, &first], &[]);
    }
    let w = graph.floats(&[WIDTH, WIDTH], &take(FLAT.0, WIDTH * WIDTH)?);
    let b = graph.floats(&[WIDTH], &take(FLAT.1, WIDTH)?);
    let flat = graph.node("Gemm", &[&last, &w, &b], &[("transB", Attr::Int(1))]);
    let kept = graph.node("Relu", &[&flat], &[]);
    let unit = [("axis", Attr::Int(1)), ("p", Attr::Int(2))];
    graph.node_to("LpNormalization", &[&kept], &["embedding"], &unit);
    let print = [Dim::Named("n"), Dim::Fixed(WIDTH as i64)];
    graph.output("embedding", Kind::F32, &print);
    Ok(graph.finish("speaker"))
}

/// Gates in the order input, output, forget, cell instead of input, forget, cell, output.
fn reordered(rows: &[f32]) -> Vec<f32> {
    let gate = rows.len() / 4;
    [0, 3, 1, 2]
        .into_iter()
        .flat_map(|at| rows[at * gate..(at + 1) * gate].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_change_places() {
        assert_eq!(reordered(&[1.0, 2.0, 3.0, 4.0]), [1.0, 4.0, 2.0, 3.0]);
    }

    #[test]
    fn a_file_that_ends_early_is_refused() {
        assert!(encoder(&[0; 1000]).is_err());
    }
}
