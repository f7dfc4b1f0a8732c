//! What a borrower does next on the phone, mostly sensible.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use crate::actors::{ANHE, Borrower, codes, right, wrong};
use crate::app::{Answer, Site};

/// A borrower in the middle of a road.
#[derive(Clone)]
pub struct Phone {
    pub borrower: Borrower,
    pub case: String,
    /// The person's own bank card.
    pub card: String,
}

/// A bank card whose last digit checks the others (ISO/IEC 7812).
pub fn card(number: usize) -> String {
    let digits = format!("622202{number:012}");
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match at % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

impl Phone {
    /// Does what the page offers next, or nothing where the turn is somebody else's.
    pub async fn goes_on(&mut self, site: &Site, dice: &mut StdRng) -> Answer {
        let seen = self.borrower.get(site, "/api/h5/journey").await;
        if seen.status.as_u16() == 401 {
            return self.enters(site, dice).await;
        }
        if !seen.status.is_success() {
            return seen;
        }
        let journey = seen.json();
        let progress = progress(&journey);
        match journey["current"].as_str() {
            Some(step @ ("personal_information_notice" | "separate_consents")) => {
                self.decides(site, step, dice).await
            }
            Some("credit_authority") => self.authorises(site).await,
            Some("identity") if progress == "open" => self.is_checked(site).await,
            Some("affordability") if progress == "open" => {
                let means = json!({ "occupation": "employed", "monthly_income": 1_200_000,
                    "monthly_debts": 0, "purpose": "electronics" });
                self.posts(site, "affordability/declare", means).await
            }
            Some("drawdown") if progress == "open" => {
                let choice = json!({ "principal": 100_000 * dice.random_range(3..15), "periods": 12,
                    "purpose": "electronics", "account": self.card });
                self.posts(site, "drawdown/choose", choice).await
            }
            Some("cost_disclosure") => self.reads(site, &journey, dice).await,
            Some("signing") => self.signs(site, &journey, dice).await,
            Some("total_cost_notice") => self.is_told(site, &journey, dice).await,
            _ => seen,
        }
    }

    async fn posts(&self, site: &Site, step: &str, body: Value) -> Answer {
        let path = format!("/api/h5/steps/{step}");
        self.borrower.post(site, &path, &body).await
    }

    async fn newest_code(&self, site: &Site) -> Option<String> {
        site.run_jobs().await;
        codes(site, ANHE, &self.case).await.into_iter().next()
    }

    async fn enters(&mut self, site: &Site, dice: &mut StdRng) -> Answer {
        let asked = self.borrower.asks_code(site).await;
        let Some(code) = self.newest_code(site).await else {
            return asked;
        };
        let code = if dice.random_ratio(1, 10) {
            "000000".to_owned()
        } else {
            code
        };
        let entered = self.borrower.tries_code(site, &code).await;
        if entered.status.is_success() {
            self.borrower.cookie = Some(entered.cookie(xiaobao::access::CUSTOMER_COOKIE));
            return entered;
        }
        site.advance_ms(60_000);
        entered
    }

    /// The first notice of the step that was not answered.
    async fn notice(&self, site: &Site, step: &str) -> Option<Value> {
        let all = self.borrower.get(site, "/api/h5/notices").await;
        if !all.status.is_success() {
            return None;
        }
        let rows = all.json()["rows"].as_array().cloned()?;
        let open = |row: &Value| {
            let answered = ["given", "acknowledged"].map(Value::from);
            row["step"] == step && !answered.contains(&row["state"])
        };
        rows.into_iter().find(open)
    }

    async fn decides(&self, site: &Site, step: &str, dice: &mut StdRng) -> Answer {
        let Some(notice) = self.notice(site, step).await else {
            return self.borrower.get(site, "/api/h5/journey").await;
        };
        let one = json!({ "notice": notice["notice"], "digest": notice["digest"] });
        let shown = self
            .posts(site, &format!("{step}/shown"), one.clone())
            .await;
        site.advance_ms(1);
        let choice = match step {
            "personal_information_notice" => "acknowledge",
            _ if dice.random_ratio(1, 8) => "decline",
            _ => "give",
        };
        match shown.status.is_success() {
            true => self.posts(site, &format!("{step}/{choice}"), one).await,
            false => shown,
        }
    }

    async fn authorises(&self, site: &Site) -> Answer {
        const STEP: &str = "credit_authority";
        let Some(notice) = self.notice(site, STEP).await else {
            return self.borrower.get(site, "/api/h5/journey").await;
        };
        let mut one = json!({ "notice": notice["notice"], "digest": notice["digest"] });
        for act in ["shown", "code"] {
            let done = self
                .posts(site, &format!("{STEP}/{act}"), one.clone())
                .await;
            if !done.status.is_success() {
                site.advance_ms(60_000);
                return done;
            }
        }
        one["code"] = json!(self.newest_code(site).await);
        self.posts(site, &format!("{STEP}/give"), one).await
    }

    async fn is_checked(&self, site: &Site) -> Answer {
        let sessions = json!({ "network_id": format!("been-{}", self.case) });
        let body = json!({ "document": "long_term", "sessions": sessions });
        self.posts(site, "identity/start", body).await
    }

    async fn reads(&self, site: &Site, journey: &Value, dice: &mut StdRng) -> Answer {
        let sheet = &journey["sheet"];
        let digest = sheet["digest"].as_str().unwrap_or("none");
        match journey["step"].as_str() {
            Some("read") if sheet["reading"]["shown_at_ms"].is_null() => {
                self.borrower.steps(site, "shown", digest).await
            }
            Some("read") => {
                let left = sheet["reading"]["remaining_ms"].as_u64().unwrap_or(0);
                // Now and then too early.
                if dice.random_ratio(3, 4) {
                    site.advance_ms(left);
                }
                self.borrower.steps(site, "read", digest).await
            }
            Some("answer") => {
                let answers = if dice.random_ratio(4, 5) {
                    right(journey)
                } else {
                    wrong(journey)
                };
                let answered = self.borrower.answers(site, digest, &answers).await;
                if answered.status.as_u16() == 429 {
                    site.advance_ms(120_000);
                }
                answered
            }
            _ => self.borrower.steps(site, "confirm", digest).await,
        }
    }

    /// Goes through the acts of signing, and may put the phone down after any of them.
    async fn signs(&self, site: &Site, journey: &Value, dice: &mut StdRng) -> Answer {
        let set = &journey["signing"];
        if set["expired"] == true || set["state"] == "superseded" {
            return self.posts(site, "signing/renew", json!({})).await;
        }
        if set["state"] != "ready" {
            return self.borrower.get(site, "/api/h5/journey").await;
        }
        let digest = set["set_digest"].as_str().expect("a digest");
        for document in set["documents"].as_array().expect("documents") {
            let one = json!({ "digest": document["digest"] });
            let opened = self.posts(site, "signing/open", one).await;
            if !opened.status.is_success() || dice.random_ratio(1, 20) {
                return opened;
            }
        }
        let of = json!({ "set_digest": digest });
        if set["identity"]["progress"] != "done" {
            let mut been = of.clone();
            been["sessions"] = json!({ "network_id": format!("at-{}", &digest[..40]) });
            let checked = self.posts(site, "signing/identity", been).await;
            if !checked.status.is_success() || dice.random_ratio(1, 8) {
                return checked;
            }
            site.run_jobs().await;
        }
        site.advance_ms(60_000);
        let asked = self.posts(site, "signing/code", of.clone()).await;
        let Some(code) = self.newest_code(site).await else {
            return asked;
        };
        if !asked.status.is_success() || dice.random_ratio(1, 10) {
            return asked;
        }
        let mut yes = of;
        yes["code"] = json!(code);
        if dice.random_ratio(1, 5) {
            // Two tabs at once.
            let sign = || self.posts(site, "signing/sign", yes.clone());
            let (one, other) = futures::join!(sign(), sign());
            return if one.status.is_success() { other } else { one };
        }
        self.posts(site, "signing/sign", yes).await
    }

    async fn is_told(&self, site: &Site, journey: &Value, dice: &mut StdRng) -> Answer {
        const STEP: &str = "total_cost_notice";
        if journey["total_cost"].is_null() {
            return self.posts(site, &format!("{STEP}/shown"), json!({})).await;
        }
        if dice.random_ratio(3, 4) {
            site.advance_ms(5_000);
        }
        let notice = json!({ "notice_digest": journey["total_cost"]["digest"] });
        let done = self.posts(site, &format!("{STEP}/confirm"), notice).await;
        match done.status.is_success() {
            true => done,
            // Other terms, or it was never on this screen.
            false => self.posts(site, &format!("{STEP}/shown"), json!({})).await,
        }
    }
}

/// How far the current step is.
fn progress(journey: &Value) -> &str {
    let steps = journey["steps"].as_array().map_or(&[][..], Vec::as_slice);
    let current = steps
        .iter()
        .find(|one| one["protection"] == journey["current"]);
    current
        .and_then(|one| one["progress"].as_str())
        .unwrap_or("none")
}
