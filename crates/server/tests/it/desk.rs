//! More of what staff do at their desk.

use axum::http::Method;
use serde_json::{Value, json};

use crate::actors::Staff;
use crate::app::{Answer, Site};

impl Staff {
    /// Posts a body.
    pub async fn posts(&self, site: &Site, path: &str, body: Value) -> Answer {
        self.send(site, Method::POST, path, Some(&body)).await
    }

    pub async fn delete(&self, site: &Site, path: &str) -> Answer {
        self.send(site, Method::DELETE, path, None).await
    }

    /// The id of a colleague, as the list shows it.
    pub async fn colleague(&self, site: &Site, account: &str) -> String {
        let page = self
            .posts(site, "/api/console/staff/search", json!({ "q": account }))
            .await
            .ok()
            .json();
        page["rows"][0]["id"].as_str().expect("an id").to_owned()
    }
}
