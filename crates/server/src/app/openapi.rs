//! The description of the whole API: what the rooms' routes say, and what holds for all of them.

use std::collections::BTreeSet;

use axum::response::IntoResponse as _;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema as _, ToSchema as _};
use utoipa_swagger_ui::SwaggerUi;

use crate::ctx::Ctx;
use crate::error::Result;
use crate::http::{BROWSER_HEADER, ErrorBody, Routes};

/// Where callers of each kind come in, and the name of what they show.
const CALLERS: &[(&str, &str)] = &[
    ("/v1/", "api_key"),
    ("/api/console/", "staff_session"),
    ("/api/h5/", "borrower_session"),
];

/// One router of all rooms, each operation tagged with its room.
pub fn merge(rooms: Vec<(&'static str, Routes)>) -> Routes {
    let mut all = Routes::new();
    for (room, mut routes) in rooms {
        for item in routes.get_openapi_mut().paths.paths.values_mut() {
            let operations = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.delete,
                &mut item.patch,
            ];
            for operation in operations.into_iter().flatten() {
                operation.tags = Some(vec![room.to_owned()]);
            }
        }
        all = all.merge(routes);
    }
    all
}

/// The finished document, as OpenAPI 3.1 JSON.
pub fn document(rooms: &Routes) -> Result<Value> {
    let mut api = serde_json::to_value(rooms.get_openapi())?;
    let mut paths = Map::new();
    for (path, mut item) in take(&mut api["paths"]) {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            complete(&path, method, operation);
        }
        // The router marks a rest of the path with `*`; OpenAPI does not.
        paths.insert(path.replace("{*", "{"), item);
    }
    api["paths"] = Value::Object(paths);
    api["info"] = json!({
        "title": "Xiaobao 消保",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Money is an integer in fen, a rate an integer in parts per million, a date `YYYY-MM-DD`, an \
                        instant `…_ms` in milliseconds since 1970 UTC. Texts for people come in Chinese and English.",
        "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
    });
    api["components"]["responses"] = json!({ "Refused": {
        "description": "Refused, with a stable code and a sentence in both languages",
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/ErrorBody" } } },
    }});
    api["components"]["securitySchemes"] = json!({
        "api_key": { "type": "http", "scheme": "bearer", "bearerFormat": "xbk_…",
                     "description": "A lender's own system" },
        "staff_session": { "type": "apiKey", "in": "cookie", "name": "xb_staff",
                           "description": "A lender's staff, after signing in" },
        "signed_call": { "type": "apiKey", "in": "header", "name": "webhook-signature",
                         "description": "Another system's call, signed as Standard Webhooks wants it" },
        "borrower_session": { "type": "apiKey", "in": "cookie", "name": "xb_customer",
                              "description": "A borrower, after the code of the link" },
    });
    let mut refusal = Vec::new();
    ErrorBody::schemas(&mut refusal);
    refusal.push((ErrorBody::name().into_owned(), ErrorBody::schema()));
    for (name, schema) in refusal {
        api["components"]["schemas"][name] = serde_json::to_value(schema)?;
    }
    inline_plain_values(&mut api);
    answers_are_whole(&mut api);
    Ok(api)
}

/// The document and a page to read it; both reveal nothing but shapes.
pub fn routes(document: &Value) -> Router<Ctx> {
    let served = document.clone();
    let page = SwaggerUi::new("/docs/api").config(
        utoipa_swagger_ui::Config::from("/openapi.json")
            .doc_expansion("none")
            .validator_url("none"),
    );
    Router::new()
        .route(
            "/openapi.json",
            get(move || async { Json(served).into_response() }),
        )
        .merge(Router::from(page))
}

fn take(value: &mut Value) -> Map<String, Value> {
    match value.take() {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// What every operation shares: a name of its own, who may call it, and how it refuses.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let words = path.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    operation["operationId"] = format!("{method}_{}", words.join("_")).into();
    operation["responses"]["default"] = json!({ "$ref": "#/components/responses/Refused" });
    let parameters = operation.get("parameters").and_then(Value::as_array);
    if parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "format")) {
        operation["responses"]["200"]["content"]["text/csv"] = Value::Null;
    }
    for (_, answer) in operation["responses"].as_object_mut().into_iter().flatten() {
        if answer.get("$ref").is_none() && answer.get("description").is_none() {
            answer["description"] = "Done".into();
        }
        let content = answer.get_mut("content").and_then(Value::as_object_mut);
        for (media_type, body) in content.into_iter().flatten() {
            if media_type != "application/json" {
                *body = json!({ "schema": { "type": "string", "contentMediaType": media_type } });
            }
        }
    }
    let caller = CALLERS.iter().find(|(prefix, _)| path.starts_with(prefix));
    let Some((prefix, caller)) = caller else {
        return;
    };
    if operation.get("security").is_none() {
        operation["security"] = json!([{ *caller: [] }]);
        let changes = !matches!(method, "get" | "head");
        if changes && *prefix != "/v1/" {
            let header = json!({ "name": BROWSER_HEADER, "in": "header", "required": true,
                "schema": { "type": "string" }, "description": "Any value: shows that our own page asks" });
            match operation
                .get_mut("parameters")
                .and_then(Value::as_array_mut)
            {
                Some(parameters) => parameters.push(header),
                None => operation["parameters"] = json!([header]),
            }
        }
    }
}

/// Schemas that only name a plain value (an alias, a private text) are written where they are used.
fn inline_plain_values(api: &mut Value) {
    let plain = |name: &str| name == "i64" || name.starts_with("Private_");
    let (inlined, kept) = take(&mut api["components"]["schemas"])
        .into_iter()
        .partition::<Map<_, _>, _>(|(name, _)| plain(name));
    api["components"]["schemas"] = Value::Object(kept);
    inline(api, &inlined);
}

fn inline(value: &mut Value, schemas: &Map<String, Value>) {
    match value {
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str);
            let name = target.and_then(|target| target.strip_prefix("#/components/schemas/"));
            if let Some(Value::Object(schema)) = name.and_then(|name| schemas.get(name)) {
                let kind = schema.get("type").cloned();
                map.remove("$ref");
                map.insert("type".into(), kind.into());
            }
            map.values_mut().for_each(|value| inline(value, schemas));
        }
        Value::Array(list) => list.iter_mut().for_each(|value| inline(value, schemas)),
        _ => {}
    }
}

/// In an answer nothing is left out: what is absent is written `null`. In a request it may be left out.
fn answers_are_whole(api: &mut Value) {
    let mut asked = BTreeSet::new();
    for item in api["paths"].as_object().into_iter().flatten() {
        for operation in item.1.as_object().into_iter().flatten() {
            references(&operation.1["requestBody"], api, &mut asked);
        }
    }
    for (name, schema) in api["components"]["schemas"]
        .as_object_mut()
        .into_iter()
        .flatten()
    {
        if !asked.contains(name) {
            require_nullable(schema);
        }
    }
}

/// Names of all schemas that `value` leads to.
fn references(value: &Value, api: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            let target = map.get("$ref").and_then(Value::as_str);
            let name = target.and_then(|target| target.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && found.insert(name.to_owned())
            {
                references(&api["components"]["schemas"][name], api, found);
            }
            map.values().for_each(|value| references(value, api, found));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, api, found)),
        _ => {}
    }
}

fn require_nullable(schema: &mut Value) {
    for part in schema
        .get_mut("allOf")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        require_nullable(part);
    }
    // The rows of a page are written out in place.
    if let Some(items) = schema.pointer_mut("/properties/rows/items") {
        require_nullable(items);
    }
    let nullable = |property: &Value| {
        let listed = |key: &str| property.get(key).and_then(Value::as_array);
        listed("type").is_some_and(|types| types.iter().any(|name| name == "null"))
            || listed("oneOf").is_some_and(|kinds| kinds.iter().any(|kind| kind["type"] == "null"))
    };
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        return;
    };
    let written: Vec<Value> = properties
        .iter()
        .filter(|(_, property)| nullable(property))
        .map(|(name, _)| name.clone().into())
        .collect();
    let mut required = schema["required"].as_array().cloned().unwrap_or_default();
    for name in written {
        if !required.contains(&name) {
            required.push(name);
        }
    }
    if !required.is_empty() {
        schema["required"] = required.into();
    }
}
