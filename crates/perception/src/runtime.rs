//! ONNX Runtime, loaded once, and the networks it runs.

use crate::NotPerformed;
use crate::models::{Model, Models, ONNX_RUNTIME};
use ort::environment::Environment;
use ort::session::{Session, SessionInputValue, SessionOutputs};
use ort::value::{Shape, Tensor};
use std::sync::OnceLock;

/// The one environment of the process; what went wrong where there is none.
static ENVIRONMENT: OnceLock<Result<Environment, String>> = OnceLock::new();

/// A network that is ready to run, on one thread.
pub struct Net {
    session: Session,
}

fn failed(cause: impl std::fmt::Display) -> NotPerformed {
    NotPerformed::Runtime(cause.to_string())
}

impl Net {
    /// Loads a model, checked by digest.
    pub fn load(models: &Models, model: &Model) -> Result<Self, NotPerformed> {
        let bytes = models.read(model)?;
        let session = builder(models)?
            .commit_from_memory(&bytes)
            .map_err(failed)?;
        Ok(Self { session })
    }

    /// Runs once.
    pub fn run<'s>(
        &'s mut self,
        inputs: Vec<(String, SessionInputValue<'_>)>,
    ) -> Result<SessionOutputs<'s>, NotPerformed> {
        self.session.run(inputs).map_err(failed)
    }

    /// Runs once with one tensor in and one out; gives its shape and values.
    pub fn through(
        &mut self,
        input: &str,
        shape: &[usize],
        values: Vec<f32>,
    ) -> Result<(Vec<usize>, Vec<f32>), NotPerformed> {
        let inputs = vec![(input.to_owned(), floats(shape, values)?)];
        let outputs = self.run(inputs)?;
        let (shape, values) = floats_of(&outputs, 0)?;
        Ok((
            shape.iter().map(|length| *length as usize).collect(),
            values.to_vec(),
        ))
    }

    /// What the model's file says of itself under `key`.
    pub fn said(&self, key: &str) -> Option<String> {
        self.session.metadata().ok()?.custom(key)
    }
}

/// A session to be, of one thread that sleeps while it waits.
fn builder(models: &Models) -> Result<ort::session::builder::SessionBuilder, NotPerformed> {
    let environment = ENVIRONMENT.get_or_init(|| {
        models
            .read(&ONNX_RUNTIME)
            .map_err(|cause| cause.to_string())?;
        ort::init_from(models.folder().join(ONNX_RUNTIME.file))
            .map_err(|cause| cause.to_string())?
            .build()
            .map_err(|cause| cause.to_string())
    });
    let environment = environment.as_ref().map_err(failed)?;
    Session::builder(environment)
        .map_err(failed)?
        .with_intra_threads(1)
        .map_err(failed)?
        .with_intra_op_spinning(false)
        .map_err(failed)
}

/// A tensor of floats as input.
pub fn floats(
    shape: &[usize],
    values: Vec<f32>,
) -> Result<SessionInputValue<'static>, NotPerformed> {
    let shape: Vec<i64> = shape.iter().map(|length| *length as i64).collect();
    Ok(Tensor::from_array((shape, values)).map_err(failed)?.into())
}

/// A tensor of whole numbers as input.
pub fn ints(shape: &[usize], values: Vec<i64>) -> Result<SessionInputValue<'static>, NotPerformed> {
    let shape: Vec<i64> = shape.iter().map(|length| *length as i64).collect();
    Ok(Tensor::from_array((shape, values)).map_err(failed)?.into())
}

/// The floats of an output.
pub fn floats_of<'o>(
    outputs: &'o SessionOutputs<'_>,
    index: usize,
) -> Result<(&'o Shape, &'o [f32]), NotPerformed> {
    outputs[index].try_extract_tensor::<f32>().map_err(failed)
}
