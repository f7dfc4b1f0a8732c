//! The program itself, as it is installed, on a free port of this machine with a folder and a database of its own.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use xiaobao::app::Demo;
use xiaobao::config::{Config, Mode};

use crate::Outcome;
use crate::house::{OnServer, bench_folder};

/// A demo that nobody waits for: short reading times, no limit on who comes from one address, a lender from outside.
const SETTINGS: [(&str, &str); 7] = [
    ("XIAOBAO__DEMO__LENDER", "absent"),
    ("XIAOBAO__DEMO__READING_SECONDS_STANDARD", "1"),
    ("XIAOBAO__DEMO__READING_SECONDS_ELDER", "1"),
    ("XIAOBAO__ACCESS__CODE_WAIT_SECONDS", "1"),
    ("XIAOBAO__SERVER__STRANGERS_PER_MINUTE_MAX", "1000000"),
    ("XIAOBAO__SERVER__READERS_PER_MINUTE_MAX", "1000000"),
    ("XIAOBAO__LOG__FILTER", "error"),
];

/// A running program; it ends with the value.
pub struct Program {
    child: Child,
    pub demo: Demo,
    /// Its data folder.
    pub data: PathBuf,
    database: Option<OnServer>,
}

impl Program {
    /// Starts the program that lies one folder above the examples.
    pub async fn start() -> Outcome<Self> {
        let (data, database) = Self::place().await?;
        Self::serve(Command::new(Self::path()?), data, database)
    }

    /// As [`Program::start`], on one core and on a house that is prepared first.
    pub async fn prepared<T>(
        prepare: impl AsyncFnOnce(Config) -> Outcome<T>,
    ) -> Outcome<(Self, T)> {
        let (data, database) = Self::place().await?;
        let mut config = Config::load(None)?;
        config.server.mode = Mode::Demo;
        config.data.folder = data.clone();
        if let Some(made) = &database {
            config.database.url = made.url.clone();
            config.database.owner_url = made.owner_url.clone();
        }
        let ready = prepare(config).await?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(Self::path()?);
        Ok((Self::serve(command, data, database)?, ready))
    }

    fn path() -> Outcome<PathBuf> {
        let here = std::env::current_exe()?;
        let built = here.ancestors().nth(2);
        Ok(built
            .ok_or("this program does not lie in a build folder")?
            .join("xiaobao"))
    }

    async fn place() -> Outcome<(PathBuf, Option<OnServer>)> {
        let name = format!("xiaobao_served_{}", std::process::id());
        Ok((
            bench_folder()?.join(&name),
            OnServer::asked_for(&name).await?,
        ))
    }

    fn serve(mut command: Command, data: PathBuf, database: Option<OnServer>) -> Outcome<Self> {
        command
            .args([
                "serve", "--demo", "--port", "0", "--print", "json", "--data",
            ])
            .arg(&data)
            .envs(SETTINGS)
            .stdout(Stdio::piped());
        if let Some(database) = &database {
            command
                .env("XIAOBAO__DATABASE__URL", &database.url)
                .env("XIAOBAO__DATABASE__OWNER_URL", &database.owner_url);
        }
        let mut child = command
            .spawn()
            .map_err(|cause| format!("{command:?}: {cause}"))?;
        let out = child.stdout.take().ok_or("the server has an output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        let demo = serde_json::from_str(&line).map_err(|_| "the server ended before it served")?;
        Ok(Self {
            child,
            demo,
            data,
            database,
        })
    }

    /// The key of the lender that is measured.
    pub fn key(&self) -> Outcome<&str> {
        let mut keys = self.demo.api_keys.iter();
        let found = keys.find(|key| key.institution == "anhe");
        Ok(&found.ok_or("the demo has a key")?.key)
    }

    /// `sqlite` or `postgres`.
    pub fn engine(&self) -> &'static str {
        match self.database {
            None => "sqlite",
            Some(_) => "postgres",
        }
    }

    /// Ends it and takes away what it had.
    pub async fn close(mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        if let Some(database) = self.database.take() {
            database.drop().await?;
        }
        Ok(std::fs::remove_dir_all(&self.data)?)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Already gone, or beyond asking.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
