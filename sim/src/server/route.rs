//! Which endpoint a request is for.

use hyper::Method;

/// An endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    Me,
    Search,
    Details(&'a str),
    Deleted,
    ContactSearch,
    Admins,
    Teams,
    Tags,
    Unknown,
}

impl<'a> Route<'a> {
    /// Returns the endpoint for a method and a path.
    pub(crate) fn of(method: &Method, path: &'a str) -> Self {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut segments = path.splitn(3, '/');
        let route = (segments.next().unwrap_or_default(), segments.next(), segments.next());
        if *method == Method::POST {
            return match route {
                ("conversations", Some("search"), None) => Self::Search,
                ("contacts", Some("search"), None) => Self::ContactSearch,
                _ => Self::Unknown,
            };
        }
        if *method != Method::GET {
            return Self::Unknown;
        }
        match route {
            ("me", None, None) => Self::Me,
            ("admins", None, None) => Self::Admins,
            ("teams", None, None) => Self::Teams,
            ("tags", None, None) => Self::Tags,
            ("conversations", Some("deleted"), None) => Self::Deleted,
            ("conversations", Some(id), None) => Self::Details(id),
            _ => Self::Unknown,
        }
    }
}
