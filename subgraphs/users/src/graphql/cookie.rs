//! The refresh token's cookie: out to browsers with `set-cookie`, in through the router's header.

use async_graphql::Context;
use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};

/// The cookie's name.
const NAME: &str = "weft_refresh";

/// The header in which the router passes the cookie's value on.
const FORWARDED: &str = "x-weft-refresh-token";

/// The cookie's value in a request: from the router's header, or alone from the cookie itself.
pub(crate) fn presented(headers: &HeaderMap) -> Option<String> {
    let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    if let Some(value) = headers.get(FORWARDED) {
        return text(value).filter(|value| !value.is_empty());
    }
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(text)
        .find_map(|cookies| {
            cookies.split(';').find_map(|cookie| {
                let (name, value) = cookie.trim().split_once('=')?;
                (name == NAME && !value.is_empty()).then(|| value.to_owned())
            })
        })
}

/// Gives the browser a refresh token to keep where no script reads it.
pub(crate) fn keep(
    context: &Context<'_>,
    token: &str,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
    secure: bool,
) {
    let seconds = (expires_at - now).num_seconds().max(0);
    append(context, &format!("{NAME}={token}"), seconds, secure);
}

/// Takes it back.
pub(crate) fn forget(context: &Context<'_>, secure: bool) {
    append(context, &format!("{NAME}="), 0, secure);
}

fn append(context: &Context<'_>, pair: &str, seconds: i64, secure: bool) {
    let secure = if secure { "; Secure" } else { "" };
    let cookie =
        format!("{pair}; Path=/graphql; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    context.append_http_header(header::SET_COOKIE, cookie);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        type Headers<'a> = &'a [(&'a str, &'a str)];
        let cases: [(Headers<'_>, Option<&str>); 8] = [
            (&[], None),
            (&[("cookie", "weft_refresh=abc")], Some("abc")),
            (&[("cookie", "a=b; weft_refresh=abc; c=d")], Some("abc")),
            (
                &[("cookie", "a=b"), ("cookie", "weft_refresh=abc")],
                Some("abc"),
            ),
            (&[("cookie", "xweft_refresh=abc; weft_refresh")], None),
            (&[("cookie", "weft_refresh=")], None),
            (&[("x-weft-refresh-token", "abc")], Some("abc")),
            (
                &[
                    ("x-weft-refresh-token", "abc"),
                    ("cookie", "weft_refresh=def"),
                ],
                Some("abc"),
            ),
        ];
        for (headers, expected) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in headers {
                let name = axum::http::HeaderName::from_bytes(name.as_bytes()).expect("a name");
                map.append(
                    name,
                    axum::http::HeaderValue::from_str(value).expect("a value"),
                );
            }
            assert_eq!(presented(&map).as_deref(), expected, "{headers:?}");
        }
    }
}
