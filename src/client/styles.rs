//! Styles that come later than the page.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = CSSStyleSheet)]
    type StyleSheet;

    #[wasm_bindgen(constructor, js_class = CSSStyleSheet)]
    fn new() -> StyleSheet;

    #[wasm_bindgen(method, js_name = replaceSync)]
    fn replace(this: &StyleSheet, text: &str);

    #[wasm_bindgen(js_namespace = ["document", "adoptedStyleSheets"])]
    fn push(sheet: &StyleSheet);
}

/// Adds styles to the document. An element `style` would need the word of the page's policy, which a script that comes
/// later does not have.
pub fn add(text: &str) {
    let sheet = StyleSheet::new();
    sheet.replace(text);
    push(&sheet);
}
