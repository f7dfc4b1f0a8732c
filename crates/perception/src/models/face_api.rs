//! The face networks of `@vladmandic/face-api`, rebuilt layer by layer from its own source.
//!
//! Weights are eight-bit numbers with a scale each; layout is height, width, in, out.

use super::Unusable;
use super::onnx::{Attr, Dim, Graph, Kind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What every network subtracts from red, green and blue, in the order of the photographs it saw.
const MEAN: [f32; 3] = [122.782, 117.001, 104.298];
/// The detector's own means.
const DETECTOR_MEAN: [f32; 3] = [117.001, 114.697, 97.404];

#[derive(Deserialize)]
struct Group {
    weights: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    quantization: Option<Scale>,
}

#[derive(Deserialize)]
struct Scale {
    scale: f64,
    min: f64,
}

struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// Weights of one network and the graph that grows from them.
struct Net {
    weights: BTreeMap<String, Array>,
    graph: Graph,
}

/// Detector of faces: pixels `[1, 3, s, s]` from 0 to 255 to `[1, 25, g, g]`.
pub fn detector(manifest: &[u8], weights: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut net = Net::read(manifest, weights)?;
    let x = net.normalised(
        DETECTOR_MEAN,
        &[
            Dim::Fixed(1),
            Dim::Fixed(3),
            Dim::Named("s"),
            Dim::Named("s"),
        ],
    );
    let mut x = net.conv(&x, "conv0/filters", Some("conv0/bias"), 1, Padding::None)?;
    x = net.leaky(&x);
    for layer in 1..=5 {
        x = net.pool(&x, 2);
        let name = format!("conv{layer}");
        x = net.separable(&x, &name, 1)?;
        x = net.leaky(&x);
    }
    x = net.pool(&x, 1);
    x = net.conv(&x, "conv8/filters", Some("conv8/bias"), 1, Padding::None)?;
    let dims = [
        Dim::Fixed(1),
        Dim::Fixed(25),
        Dim::Named("g"),
        Dim::Named("g"),
    ];
    Ok(net.close(&x, &dims, "face_detector"))
}

/// Sixty-eight points: pixels `[n, 3, 112, 112]` to `[n, 136]`, in shares of the picture.
pub fn landmarks(manifest: &[u8], weights: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut net = Net::read(manifest, weights)?;
    let mut x = net.normalised(MEAN, &batch(112));
    for block in 0..4 {
        let name = format!("dense{block}");
        let mut sum = match block {
            0 => net.conv(
                &x,
                "dense0/conv0/filters",
                Some("dense0/conv0/bias"),
                2,
                Padding::Same,
            )?,
            _ => net.separable(&x, &format!("{name}/conv0"), 2)?,
        };
        sum = net.graph.node("Relu", &[&sum], &[]);
        let mut input = sum.clone();
        for layer in 1..4 {
            let out = net.separable(&input, &format!("{name}/conv{layer}"), 1)?;
            sum = net.graph.node("Add", &[&sum, &out], &[]);
            input = net.graph.node("Relu", &[&sum], &[]);
        }
        x = input;
    }
    let window = [
        ("kernel_shape", Attr::Ints(&[7, 7])),
        ("strides", Attr::Ints(&[2, 2])),
    ];
    x = net.graph.node("AveragePool", &[&x], &window);
    x = net.graph.node("Flatten", &[&x], &[("axis", Attr::Int(1))]);
    let (w, b) = (net.plain("fc/weights")?, net.plain("fc/bias")?);
    x = net.graph.node("Gemm", &[&x, &w, &b], &[]);
    Ok(net.close(&x, &[Dim::Named("n"), Dim::Fixed(136)], "face_landmarks"))
}

/// Descriptor of an aligned face: pixels `[n, 3, 150, 150]` to `[n, 128]`.
pub fn descriptor(manifest: &[u8], weights: &[u8]) -> Result<Vec<u8>, Unusable> {
    let mut net = Net::read(manifest, weights)?;
    let mut x = net.normalised(MEAN, &batch(150));
    x = net.scaled(&x, "conv32_down", 2, Padding::None)?;
    x = net.graph.node("Relu", &[&x], &[]);
    let window = [
        ("kernel_shape", Attr::Ints(&[3, 3])),
        ("strides", Attr::Ints(&[2, 2])),
    ];
    x = net.graph.node("MaxPool", &[&x], &window);
    let mut side = 35;
    for (stage, blocks) in [(32, 3), (64, 3), (128, 2), (256, 2)] {
        if stage > 32 {
            (x, side) = net.narrowing(&x, &format!("conv{stage}_down"), side, stage)?;
        }
        for block in 1..=blocks {
            let out = net.residual(&x, &format!("conv{stage}_{block}"), 1, Padding::Same)?;
            let sum = net.graph.node("Add", &[&out, &x], &[]);
            x = net.graph.node("Relu", &[&sum], &[]);
        }
    }
    (x, _) = net.narrowing(&x, "conv256_down_out", side, 256)?;
    x = net.graph.node("GlobalAveragePool", &[&x], &[]);
    x = net.graph.node("Flatten", &[&x], &[("axis", Attr::Int(1))]);
    let fc = net.plain("fc")?;
    x = net.graph.node("MatMul", &[&x, &fc], &[]);
    Ok(net.close(&x, &[Dim::Named("n"), Dim::Fixed(128)], "face_descriptor"))
}

fn batch(side: i64) -> [Dim; 4] {
    [
        Dim::Named("n"),
        Dim::Fixed(3),
        Dim::Fixed(side),
        Dim::Fixed(side),
    ]
}

#[derive(Clone, Copy)]
enum Padding {
    /// No pixel beyond the edge.
    None,
    /// As many as keep the size, the odd one at the end.
    Same,
}

impl Net {
    fn read(manifest: &[u8], weights: &[u8]) -> Result<Self, Unusable> {
        let groups: Vec<Group> =
            serde_json::from_slice(manifest).map_err(|_| Unusable("a weights manifest"))?;
        let mut rest = weights;
        let mut found = BTreeMap::new();
        for entry in groups.into_iter().flat_map(|group| group.weights) {
            let count: usize = entry.shape.iter().product();
            let width = if entry.quantization.is_some() { 1 } else { 4 };
            let Some((own, after)) = rest.split_at_checked(count * width) else {
                return Err(Unusable("face weights that end early"));
            };
            rest = after;
            let values = match entry.quantization {
                // As the original reckons: doubles first, then rounded once.
                Some(Scale { scale, min }) => own
                    .iter()
                    .map(|value| (f64::from(*value) * scale + min) as f32)
                    .collect(),
                None => super::f32s(own),
            };
            found.insert(
                entry.name,
                Array {
                    shape: entry.shape,
                    values,
                },
            );
        }
        match rest.is_empty() {
            true => Ok(Self {
                weights: found,
                graph: Graph::default(),
            }),
            false => Err(Unusable("face weights that go on")),
        }
    }

    fn array(&self, name: &str) -> Result<&Array, Unusable> {
        self.weights.get(name).ok_or(Unusable("a face layer"))
    }

    fn normalised(&mut self, mean: [f32; 3], dims: &[Dim]) -> String {
        self.graph.input("input", Kind::F32, dims);
        let mean = self.graph.floats(&[1, 3, 1, 1], &mean);
        let whole = self.graph.floats(&[], &[255.0]);
        let x = self.graph.node("Sub", &["input", &mean], &[]);
        self.graph.node("Div", &[&x, &whole], &[])
    }

    fn close(mut self, out: &str, dims: &[Dim], name: &str) -> Vec<u8> {
        self.graph.node_to("Identity", &[out], &["output"], &[]);
        self.graph.output("output", Kind::F32, dims);
        self.graph.finish(name)
    }

    fn plain(&mut self, name: &str) -> Result<String, Unusable> {
        let array = self.array(name)?;
        let (shape, values) = (array.shape.clone(), array.values.clone());
        Ok(self.graph.floats(&shape, &values))
    }

    /// Filters as ONNX wants them: out, in, height, width.
    fn filters(&self, name: &str) -> Result<([usize; 4], Vec<f32>), Unusable> {
        let array = self.array(name)?;
        let [h, w, i, o] = array.shape[..] else {
            return Err(Unusable("a filter of four dimensions"));
        };
        let at = |o_: usize, i_: usize, at: usize| array.values[(at * i + i_) * o + o_];
        let order = (0..o).flat_map(|o_| (0..i).map(move |i_| (o_, i_)));
        let values = order
            .flat_map(|(o_, i_)| (0..h * w).map(move |place| at(o_, i_, place)))
            .collect();
        Ok(([o, i, h, w], values))
    }

    fn conv(
        &mut self,
        x: &str,
        filters: &str,
        bias: Option<&str>,
        stride: i64,
        padding: Padding,
    ) -> Result<String, Unusable> {
        let (shape, values) = self.filters(filters)?;
        let bias = bias.map(|name| self.plain(name)).transpose()?;
        let weights = self.graph.floats(&shape, &values);
        Ok(self.convolve(x, &weights, bias.as_deref(), stride, padding, 1))
    }

    fn convolve(
        &mut self,
        x: &str,
        weights: &str,
        bias: Option<&str>,
        stride: i64,
        padding: Padding,
        groups: i64,
    ) -> String {
        let how = match padding {
            Padding::None => "VALID",
            Padding::Same => "SAME_UPPER",
        };
        let inputs: Vec<&str> = [x, weights].into_iter().chain(bias).collect();
        let attrs = [
            ("strides", Attr::Ints(&[stride, stride])),
            ("auto_pad", Attr::Text(how)),
            ("group", Attr::Int(groups)),
        ];
        self.graph.node("Conv", &inputs, &attrs)
    }

    /// A filter for each channel, then one that mixes them.
    fn separable(&mut self, x: &str, name: &str, stride: i64) -> Result<String, Unusable> {
        let ([o, i, h, w], deep) = self.filters(&format!("{name}/depthwise_filter"))?;
        // One filter a channel: what the original calls 'in' is the group.
        let deep = self.graph.floats(&[i, o, h, w], &deep);
        let x = self.convolve(x, &deep, None, stride, Padding::Same, i as i64);
        let (point, bias) = (format!("{name}/pointwise_filter"), format!("{name}/bias"));
        self.conv(&x, &point, Some(&bias), 1, Padding::None)
    }

    fn leaky(&mut self, x: &str) -> String {
        self.graph
            .node("LeakyRelu", &[x], &[("alpha", Attr::Float(0.1))])
    }

    fn pool(&mut self, x: &str, stride: i64) -> String {
        let attrs = [
            ("kernel_shape", Attr::Ints(&[2, 2])),
            ("strides", Attr::Ints(&[stride, stride])),
            ("auto_pad", Attr::Text("SAME_UPPER")),
        ];
        self.graph.node("MaxPool", &[x], &attrs)
    }

    /// A convolution with its scale folded into the filter.
    fn scaled(
        &mut self,
        x: &str,
        name: &str,
        stride: i64,
        padding: Padding,
    ) -> Result<String, Unusable> {
        let (shape, mut filters) = self.filters(&format!("{name}/conv/filters"))?;
        let scale = self.array(&format!("{name}/scale/weights"))?.values.clone();
        let shift = &self.array(&format!("{name}/scale/biases"))?.values;
        let bias = &self.array(&format!("{name}/conv/bias"))?.values;
        let bias: Vec<f32> = (0..shape[0])
            .map(|out| bias[out] * scale[out] + shift[out])
            .collect();
        let each = shape[1..].iter().product();
        for (filter, scale) in filters.chunks_mut(each).zip(&scale) {
            filter.iter_mut().for_each(|value| *value *= scale);
        }
        let weights = self.graph.floats(&shape, &filters);
        let bias = self.graph.floats(&[shape[0]], &bias);
        Ok(self.convolve(x, &weights, Some(&bias), stride, padding, 1))
    }

    fn residual(
        &mut self,
        x: &str,
        name: &str,
        stride: i64,
        padding: Padding,
    ) -> Result<String, Unusable> {
        let y = self.scaled(x, &format!("{name}/conv1"), stride, padding)?;
        let y = self.graph.node("Relu", &[&y], &[]);
        self.scaled(&y, &format!("{name}/conv2"), 1, Padding::Same)
    }

    /// A block that halves the side; zeros fill what one branch lacks in size or in channels.
    fn narrowing(
        &mut self,
        x: &str,
        name: &str,
        side: i64,
        channels: i64,
    ) -> Result<(String, i64), Unusable> {
        let mut y = self.residual(x, name, 2, Padding::None)?;
        let (kept, pooled) = ((side - 3) / 2 + 1, side / 2);
        if kept != pooled {
            y = self.padded(&y, 0, pooled - kept);
        }
        let window = [
            ("kernel_shape", Attr::Ints(&[2, 2])),
            ("strides", Attr::Ints(&[2, 2])),
        ];
        let mut pool = self.graph.node("AveragePool", &[x], &window);
        let before = self.array(&format!("{name}/conv1/conv/filters"))?.shape[2] as i64;
        if before != channels {
            pool = self.padded(&pool, channels - before, 0);
        }
        let sum = self.graph.node("Add", &[&pool, &y], &[]);
        Ok((self.graph.node("Relu", &[&sum], &[]), pooled))
    }

    fn padded(&mut self, x: &str, channels: i64, pixels: i64) -> String {
        let pads = self.graph.ints(&[0, 0, 0, 0, 0, channels, pixels, pixels]);
        self.graph.node("Pad", &[x, &pads], &[])
    }
}
