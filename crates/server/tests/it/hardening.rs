//! What keeps browsers and networks honest: TLS, cookies, headers, and pages of other sites.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use xiaobao::access::STAFF_COOKIE;
use xiaobao::app::Demo;

use crate::actors::{ANHE, Partner, Someone, Staff, loan};
use crate::app::{Answer, TestApp, on_runtime};

fn credentials(app: &TestApp) -> Value {
    let password = &app.demo.accounts[0].password;
    json!({ "institution": ANHE, "account": "luoyifan", "password": password })
}

/// One request with headers of its own choice.
async fn asks(
    app: &TestApp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    let body = body.map_or_else(Body::empty, |json| Body::from(json.to_string()));
    app.send(request.body(body).expect("a request")).await
}

#[test]
fn over_tls_a_cookie_belongs_to_this_host_alone() {
    TestApp::run(async |app| {
        app.reconfigure(|config| config.server.public_url = "https://xiaobao.example".to_owned())
            .await;
        let path = "/api/console/session";
        let answer = app.post(path, &credentials(app)).await.ok();
        let hsts = &answer.headers["strict-transport-security"];
        assert_eq!(hsts, "max-age=31536000");
        let set = answer.headers[header::SET_COOKIE].to_str().expect("text");
        let (name, rest) = set.split_once('=').expect("a cookie");
        assert_eq!(name, "__Host-xb_staff");
        let (value, attributes) = rest.split_once("; ").expect("attributes");
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict; Secure");
        let cookie = format!("{name}={value}");
        asks(app, Method::GET, path, &[("cookie", &cookie)], None)
            .await
            .ok();
        // What a neighbour under the same domain could set is not looked at.
        let cookie = format!("{STAFF_COOKIE}={value}");
        asks(app, Method::GET, path, &[("cookie", &cookie)], None)
            .await
            .refused(401, "session_missing");
        app.reconfigure(|config| config.server.public_url.clear())
            .await;
        let plain = app.post(path, &credentials(app)).await.ok();
        assert!(!plain.headers.contains_key("strict-transport-security"));
    });
}

#[test]
fn a_page_of_another_site_changes_nothing() {
    TestApp::run(async |app| {
        let staff = Staff::signs_in(app, "luoyifan").await;
        let cookie = format!("{STAFF_COOKIE}={}", staff.cookie);
        let path = "/api/console/session";
        let foreign: [&[(&str, &str)]; 4] = [
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[
                ("origin", "https://evil.example"),
                ("host", "127.0.0.1:8420"),
            ],
            &[("origin", "null")],
        ];
        for said in foreign {
            let signed_in = [said, &[("cookie", &cookie), ("x-xiaobao", "1")]].concat();
            asks(app, Method::DELETE, path, &signed_in, None)
                .await
                .refused(403, "other_site");
            // Nor does it sign anybody in under another name.
            asks(app, Method::POST, path, said, Some(&credentials(app)))
                .await
                .refused(403, "other_site");
            // A link from elsewhere may be followed.
            let reading = [said, &[("cookie", cookie.as_str())]].concat();
            asks(app, Method::GET, path, &reading, None).await.ok();
        }
        // Our own page still needs the header that no form can send.
        let own = [("sec-fetch-site", "same-origin"), ("cookie", &cookie)];
        asks(app, Method::DELETE, path, &own, None)
            .await
            .refused(403, "csrf");
        let own = [own.as_slice(), &[("x-xiaobao", "1")]].concat();
        let gone = asks(app, Method::DELETE, path, &own, None).await;
        assert_eq!(gone.status, 204);
    });
}

#[test]
fn every_answer_tells_browsers_to_be_careful() {
    TestApp::run(async |app| {
        for path in [
            "/console/",
            "/healthz",
            "/api/console/session",
            "/nowhere",
            "/log/anhe/vkey",
        ] {
            let headers = app.get(path).await.headers;
            let said = |name: &str| {
                let value = headers
                    .get(name)
                    .unwrap_or_else(|| panic!("{path}: no {name}"));
                value.to_str().expect("text").to_owned()
            };
            assert!(
                said("content-security-policy")
                    .starts_with("default-src 'self'; script-src 'self';")
            );
            assert_eq!(said("referrer-policy"), "no-referrer");
            assert_eq!(said("x-content-type-options"), "nosniff");
            assert_eq!(said("x-frame-options"), "DENY");
            assert_eq!(said("cross-origin-opener-policy"), "same-origin");
            assert_eq!(said("cross-origin-resource-policy"), "same-origin");
            assert!(
                said("permissions-policy").contains("geolocation=()"),
                "{path}"
            );
        }
    });
}

/// The real program speaking TLS, in a folder of its own.
struct Running {
    child: Child,
    demo: Demo,
    folder: PathBuf,
}

/// Puts one of the two certificates of this test where the program looks for it.
fn place(folder: &Path, which: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls");
    for end in ["pem", "key"] {
        let from = source.join(format!("{which}.{end}"));
        std::fs::copy(from, folder.join(format!("tls.{end}"))).expect("a copied file");
    }
}

impl Running {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("xiaobao-it-tls-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        place(&folder, "old");
        let mut command = Command::new(env!("CARGO_BIN_EXE_xiaobao"));
        let mut child = command
            .args([
                "serve", "--demo", "--port", "0", "--print", "json", "--data",
            ])
            .arg(folder.join("data"))
            .env("XIAOBAO__SERVER__TLS_CERTIFICATE", folder.join("tls.pem"))
            .env("XIAOBAO__SERVER__TLS_KEY", folder.join("tls.key"))
            .env("XIAOBAO__LOG__FILTER", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next_line().await.expect("its output");
        let line = line.expect("a line before it ends");
        let demo = serde_json::from_str(&line).expect("how to get in");
        Self {
            child,
            demo,
            folder,
        }
    }

    /// Whether a caller that trusts only this certificate gets an answer.
    async fn answers(&self, trusted: &str) -> bool {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/tls/{trusted}.pem"));
        let pem = std::fs::read(file).expect("a certificate");
        let root = reqwest::Certificate::from_pem(&pem).expect("a certificate");
        let client = reqwest::Client::builder().tls_certs_only([root]).build();
        let asked = client
            .expect("a client")
            .get(format!("{}/readyz", self.demo.url));
        asked.send().await.is_ok_and(|answer| {
            assert!(answer.headers().contains_key("strict-transport-security"));
            answer.status().is_success()
        })
    }
}

#[test]
fn the_program_speaks_tls_and_takes_a_renewed_certificate() {
    on_runtime(async {
        rustls::crypto::ring::default_provider()
            .install_default()
            .expect("the only provider");
        let mut running = Running::start().await;
        assert!(running.demo.url.starts_with("https://127.0.0.1:"));
        assert!(running.answers("old").await && !running.answers("new").await);
        let plain = running.demo.url.replace("https:", "http:");
        assert!(
            reqwest::get(plain).await.is_err(),
            "nothing is said in clear"
        );
        place(&running.folder, "new");
        let id = running.child.id().expect("it runs").to_string();
        let hung_up = Command::new("kill").args(["-HUP", &id]).status().await;
        assert!(hung_up.expect("kill runs").success());
        let begun = std::time::Instant::now();
        while !running.answers("new").await {
            assert!(
                begun.elapsed().as_secs() < 20,
                "the new certificate is never shown"
            );
            xiaobao::clock::pause(std::time::Duration::from_millis(20)).await;
        }
        assert!(!running.answers("old").await);
        running.child.start_kill().expect("killed");
        running.child.wait().await.expect("gone");
        std::fs::remove_dir_all(&running.folder).expect("the test's folder goes away");
    });
}

#[test]
fn a_scraper_reads_routes_jobs_and_logs_and_nothing_of_anybody() {
    TestApp::run(async |app| {
        let partner = Partner::of(app, ANHE);
        let someone = Someone::adult(1);
        let opened = partner.opens(app, &someone, "hexiang", loan()).await;
        partner.release(app, &opened.id).await;
        app.get("/nowhere/13800138000").await;
        app.settle().await;
        let text = xiaobao::app::read_metrics(&app.ctx).await.expect("metrics");
        let counted = [
            r#"xiaobao_request_seconds_count{method="GET",route="/v1/journeys/{id}/release",status="200"} 1"#,
            r#"route="none",status="404"} 1"#,
            r#"xiaobao_jobs{state="dead"} 0"#,
            r#"xiaobao_log_sealed{log="anhe"} 0"#,
            r#"xiaobao_disk_free_bytes{of="blobs"} "#,
        ];
        for line in counted {
            assert!(text.contains(line), "{line}\n{text}");
        }
        for told in [&opened.id, "13800138000", &someone.phone, &someone.name] {
            assert!(!text.contains(told), "{told}");
        }
    });
}

#[test]
fn a_disk_that_is_nearly_full_turns_readiness_red_and_nothing_else() {
    TestApp::run(async |app| {
        let readiness = async |app: &TestApp| {
            let answer = app.get("/readyz").await;
            (answer.status.as_u16(), answer.json()["status"].clone())
        };
        for (least, wanted) in [
            (0, (200, "ready")),
            (1_000_000_000, (503, "disk_full")),
            (1, (200, "ready")),
        ] {
            app.reconfigure(|config| config.data.free_mib_min = least)
                .await;
            let (status, said) = readiness(app).await;
            assert_eq!(
                (status, said.as_str()),
                (wanted.0, Some(wanted.1)),
                "{least}"
            );
            assert_eq!(app.get("/healthz").await.status, 200);
        }
    });
}
