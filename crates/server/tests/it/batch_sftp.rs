//! The same exchange through a real SFTP server of OpenSSH on loopback.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use xiaobao::app::check_contract;
use xiaobao::config::{Exchange, Sftp};

use crate::actors::{ANHE, Someone, Staff};
use crate::app::TestApp;
use crate::batch::{Lender, looks};
use crate::batch_in::request;

/// A server of one test's own; it ends with the test.
struct Server {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is our own child; one that ended already is fine.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .expect(program);
    assert!(output.status.success(), "{program}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn key(folder: &Path, name: &str) -> String {
    let path = folder.join(name);
    let file = path.to_str().expect("a path");
    run(
        "ssh-keygen",
        &["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", file],
    );
    fs::read_to_string(path.with_extension("pub"))
        .expect("a key")
        .trim()
        .to_owned()
}

impl Server {
    fn start(folder: &Path) -> Self {
        fs::create_dir_all(folder.join("lender/exchange/in")).expect("a folder");
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("permissions");
        key(folder, "host");
        let ours = key(folder, "ours");
        key(folder, "strange");
        fs::write(folder.join("authorized"), ours).expect("written");
        // A port that was free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0")
            .expect("a port")
            .local_addr()
            .expect("an address")
            .port();
        let root = folder.display();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {root}/host\nPidFile none\nAuthorizedKeysFile {root}/authorized\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\n\
             Subsystem sftp internal-sftp -d {root}/lender\n"
        );
        fs::write(folder.join("sshd_config"), config).expect("written");
        if run("id", &["-u"]).trim() == "0" {
            // Where it separates its privileges; only root's server needs it.
            fs::create_dir_all("/run/sshd").expect("a folder");
        }
        let program = ["/usr/sbin/sshd", "/usr/local/sbin/sshd"]
            .into_iter()
            .find(|path| Path::new(path).is_file())
            .expect("sshd is installed: apt-get install openssh-server");
        let process = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(folder.join("sshd_config"))
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.join("sshd.log")).expect("a log"))
            .spawn()
            .expect("sshd starts");
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Self {
            process,
            folder: folder.to_owned(),
            port,
        }
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name).with_extension("pub")).expect("a key")
    }

    /// How this server is configured at the house, with one of the keys for each part.
    fn configured(&self, host: &str, ours: &str) -> Sftp {
        Sftp {
            host: "127.0.0.1".to_owned(),
            port: self.port,
            user: run("id", &["-un"]).trim().to_owned(),
            folder: "exchange".to_owned(),
            key_file: self.folder.join(ours),
            host_key: self.public(host).trim().to_owned(),
        }
    }
}

async fn connects(app: &mut TestApp, sftp: Sftp) {
    app.reconfigure(|config| {
        config.batch.exchanges = vec![Exchange {
            institution: ANHE.to_owned(),
            folder: PathBuf::new(),
            sftp: Some(sftp),
        }];
    })
    .await;
}

async fn trouble(app: &TestApp) -> serde_json::Value {
    let staff = Staff::signs_in(app, "heyun").await;
    let state = staff
        .get(app, "/api/console/batches/exchange")
        .await
        .ok()
        .json();
    assert_eq!(state["kind"], "sftp");
    state["trouble"]["code"].clone()
}

#[test]
fn files_go_out_and_come_in_over_sftp() {
    TestApp::run(async |app| {
        let folder = app.folder.join("sshd");
        let server = Server::start(&folder);
        let lender = Lender {
            root: folder.join("lender/exchange"),
        };
        connects(app, server.configured("host", "ours")).await;
        looks(app).await;
        let log = || fs::read_to_string(folder.join("sshd.log")).unwrap_or_default();
        assert_eq!(trouble(app).await, serde_json::Value::Null, "{}", log());
        assert_eq!(
            lender.names("out"),
            [
                "consents-20261120-1.csv",
                "journeys-20261120-1.csv",
                "manifest-20261120-1.json",
                "reconciliation-20261120-1.csv",
                "refusals-20261120-1.csv"
            ]
        );
        let text = format!(
            "key,reference,product,name,id_number,phone,principal,periods\n{}\nb,LN-b,hexiang,,,,,\n",
            request("a", &Someone::adult(1))
        );
        lender.drops("requests-1.csv", &text);
        looks(app).await;
        assert_eq!(trouble(app).await, serde_json::Value::Null, "{}", log());
        assert_eq!(
            lender.outcomes("requests-1-result.csv"),
            ["done", "refused missing_field name"]
        );
        assert_eq!(
            lender.names("in"),
            ["requests-1.csv", "requests-1.csv.manifest.json.done"]
        );
        // A check of the contract leaves nothing there.
        let before = lender.names("out");
        let verdicts = check_contract(&app.ctx).await.expect("a check");
        let files: Vec<_> = verdicts
            .iter()
            .filter(|one| one.subject == "files/anhe")
            .collect();
        assert_eq!(files.len(), 2);
        assert!(files.iter().all(|one| one.outcome.is_ok()), "{}", log());
        assert_eq!(lender.names("out"), before);
        // Nothing with particulars of a person stays behind.
        let left = fs::read_dir(app.folder.join("exchange"))
            .expect("a folder")
            .count();
        assert_eq!(left, 0);
    });
}

#[test]
fn a_server_with_another_key_is_told_nothing() {
    TestApp::run(async |app| {
        let folder = app.folder.join("sshd");
        let server = Server::start(&folder);
        connects(app, server.configured("strange", "ours")).await;
        looks(app).await;
        assert_eq!(trouble(app).await, "sftp_host_key");
        connects(app, server.configured("host", "strange")).await;
        looks(app).await;
        assert_eq!(trouble(app).await, "sftp_denied");
        let mut elsewhere = server.configured("host", "ours");
        elsewhere.port = 1;
        connects(app, elsewhere).await;
        looks(app).await;
        assert_eq!(trouble(app).await, "sftp_unreachable");
        let lender = Lender {
            root: folder.join("lender/exchange"),
        };
        assert!(!lender.root.join("out").exists());

        // Mended, it goes on.
        connects(app, server.configured("host", "ours")).await;
        looks(app).await;
        assert_eq!(trouble(app).await, serde_json::Value::Null);
        assert_eq!(lender.names("out").len(), 5);
    });
}
