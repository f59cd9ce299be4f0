//! `#[guarded]`, which every function that Python calls carries.

use proc_macro::{Delimiter, Group, TokenStream, TokenTree};

/// Runs the body of a function, or of each function of an `impl` block, in `crate::panics::guarded`: a panic becomes an
/// error, so the function returns a `PyResult`.
///
/// It stands above the attributes of pyo3, which then see the new body.
#[proc_macro_attribute]
pub fn guarded(_: TokenStream, item: TokenStream) -> TokenStream {
    let keyword = item.clone().into_iter().find(|token| is_word(token, "impl") || is_word(token, "fn"));
    match keyword {
        Some(keyword) if is_word(&keyword, "impl") => with_braces(item, |block| with_functions(block.stream())),
        _ => with_functions(item),
    }
}

/// Guards the body of each function: the first braces after its name.
fn with_functions(items: TokenStream) -> TokenStream {
    let mut in_signature = false;
    let guard = |token: TokenTree| {
        in_signature |= is_word(&token, "fn");
        match token {
            TokenTree::Group(body) if in_signature && body.delimiter() == Delimiter::Brace => {
                in_signature = false;
                in_braces(guarded_body(&body), &body)
            }
            other => other,
        }
    };
    items.into_iter().map(guard).collect()
}

fn guarded_body(body: &Group) -> TokenStream {
    let closure = TokenStream::from_iter(words("move ||").into_iter().chain([TokenTree::Group(body.clone())]));
    let argument = TokenTree::Group(Group::new(Delimiter::Parenthesis, closure));
    words("crate::panics::guarded").into_iter().chain([argument]).collect()
}

/// Replaces what is in the braces of an item.
fn with_braces(item: TokenStream, replace: impl Fn(&Group) -> TokenStream) -> TokenStream {
    let replaced = |token| match token {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => in_braces(replace(&group), &group),
        other => other,
    };
    item.into_iter().map(replaced).collect()
}

/// Braces around `content` in place of others.
fn in_braces(content: TokenStream, replaced: &Group) -> TokenTree {
    let mut braces = Group::new(Delimiter::Brace, content);
    braces.set_span(replaced.span());
    TokenTree::Group(braces)
}

fn words(text: &str) -> TokenStream {
    text.parse().unwrap_or_default()
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident.to_string() == word)
}
