//! A client that speaks to a workspace made for one test.

use std::sync::Once;

use reqwest::header::HeaderMap;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use sim::{Clock, Options, Sim};

/// The second at which manual clocks start.
pub(crate) const START: i64 = 1_790_000_000;

/// A workspace and a client of it.
pub(crate) struct Workspace {
    pub(crate) sim: Sim,
    http: reqwest::Client,
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

/// Options with a clock that stands still, for `..` in tests.
pub(crate) fn still(conversations: usize) -> Options {
    Options { conversations, clock: Clock::Manual(START), ..Options::default() }
}

/// Returns a client that sends what it is told and nothing else.
pub(crate) fn client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap());
    reqwest::Client::builder().no_proxy().build().unwrap()
}

impl Workspace {
    pub(crate) async fn start(options: Options) -> Self {
        Self { sim: Sim::start(options).await.unwrap(), http: client() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.sim.url());
        self.http.request(method, url).bearer_auth(self.sim.token()).header("Intercom-Version", "2.16")
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        Reply::of(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        Reply::of(self.request(Method::POST, path).body(body.to_string())).await
    }

    pub(crate) async fn details(&self, id: &str) -> Reply {
        self.get(&format!("/conversations/{id}")).await
    }

    pub(crate) async fn search(&self, query: Value) -> Reply {
        self.post("/conversations/search", &json!({ "query": query, "pagination": { "per_page": 150 } }))
            .await
    }

    /// Walks through all pages of a query in the order of `updated_at` and returns ids with `updated_at`.
    pub(crate) async fn walk(&self, query: &Value, per_page: usize, order: &str) -> Vec<(String, i64)> {
        let mut seen = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let body = json!({
                "query": query,
                "pagination": { "per_page": per_page, "starting_after": cursor },
                "sort": { "field": "updated_at", "order": order },
            });
            let page = self.post("/conversations/search", &body).await;
            assert_eq!(page.status, 200, "{}", page.body);
            seen.extend(page.items());
            cursor = page.body["pages"]["next"]["starting_after"].clone();
            if cursor.is_null() {
                return seen;
            }
        }
    }
}

impl Reply {
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
        Self { status, headers, body }
    }

    /// Returns ids and `updated_at` of the conversations on a page.
    pub(crate) fn items(&self) -> Vec<(String, i64)> {
        let items = self.body["conversations"].as_array().unwrap();
        items.iter().map(|item| (text(&item["id"]), item["updated_at"].as_i64().unwrap())).collect()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        self.items().into_iter().map(|(id, _)| id).collect()
    }

    /// Returns the code of the first error.
    pub(crate) fn code(&self) -> &str {
        self.body["errors"][0]["code"].as_str().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// Returns the query for everything.
pub(crate) fn everything() -> Value {
    filter("updated_at", ">", 0)
}

pub(crate) fn filter(field: &str, operator: &str, value: impl Into<Value>) -> Value {
    json!({ "field": field, "operator": operator, "value": value.into() })
}

pub(crate) fn all_of(filters: &[Value]) -> Value {
    json!({ "operator": "AND", "value": filters })
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
