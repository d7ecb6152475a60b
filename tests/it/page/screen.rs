//! The page on the screen: what is to be seen, and hands to click and type.
//!
//! Invariants: a click lands where a person's would, on what is really on top there; what does not come up in time fails with what stood on
//! the screen instead. Neighbours: `chromium` carries it out, `story` plays.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use serde_json::{Value, json};

use super::chromium::{Chromium, Looks};

/// How long something may take to come up on a busy machine, in milliseconds.
const PATIENCE: u32 = 60_000;

/// How long what a mouse calls up may take, in milliseconds.
const A_LOOK: u32 = 3_000;
/// How often something that moves is aimed at.
const TRIES: usize = 20;

/// The hand in the page, made at its first use: where it aims, and whether the press landed there.
const HAND: &str = r"(window.__hand ??= (() => {
  const hand = { node: null, seen: null, at: null, landed: false };
  const point = (node) => {
    const box = node.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + Math.min(box.height / 2, 60)];
  };
  const reached = (node) => node.contains(document.elementFromPoint(...point(node)));
  hand.reaches = (find) => {
    const node = find();
    if (!node || node.disabled) return false;
    if (!reached(node)) node.scrollIntoView({ block: node.getBoundingClientRect().height > 300 ? 'start' : 'center' });
    if (!reached(node)) return false;
    const was = hand.seen;
    hand.seen = { node, at: point(node) };
    if (was?.node !== node || was.at.some((one, axis) => one !== hand.seen.at[axis])) return false;
    Object.assign(hand, { node, at: hand.seen.at, seen: null, landed: false });
    return true;
  };
  hand.lands = () => {
    hand.node = null;
    return hand.landed;
  };
  for (const kind of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'])
    addEventListener(kind, (event) => {
      if (!hand.node || hand.landed) return;
      if (hand.node.contains(event.target)) hand.landed = kind === 'click';
      else {
        event.stopImmediatePropagation();
        event.preventDefault();
      }
    }, true);
  return hand;
})())";

/// A window on a desk.
pub const DESK: Looks = Looks {
    size: (1440, 900),
    dark: false,
    phone: false,
};
/// The same, dark.
pub const NIGHT: Looks = Looks { dark: true, ..DESK };
/// A phone.
pub const PHONE: Looks = Looks {
    size: (390, 844),
    dark: false,
    phone: true,
};

/// A page in a browser.
pub struct Screen {
    /// The browser.
    pub browser: Chromium,
}

/// Words as a string of JavaScript.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

/// An expression: the first element with this selector whose text holds these words.
pub fn with(selector: &str, words: &str) -> String {
    format!(
        "[...document.querySelectorAll({})].find((one) => one.textContent.includes({}))",
        quoted(selector),
        quoted(words)
    )
}

/// An expression: the first element with this selector.
pub fn one(selector: &str) -> String {
    format!("document.querySelector({})", quoted(selector))
}

/// Where a picture goes.
pub fn picture(name: &str) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"),
        PathBuf::from,
    );
    target.join(format!("page/{name}.png"))
}

impl Screen {
    /// Opens a page.
    pub async fn open(url: &str, looks: Looks) -> Self {
        let mut browser = Chromium::start().await;
        browser.dress(looks).await;
        browser.call("Page.navigate", json!({ "url": url })).await;
        Self { browser }
    }

    /// Waits until an expression is truthy, and says what was on the screen if it does not become so.
    pub async fn until(&mut self, what: &str, expression: &str) {
        let instead = self.waits(expression, PATIENCE).await;
        if instead != "" {
            self.picture(&picture("failed")).await;
        }
        let complaints = self.browser.complaints.join("\n");
        assert_eq!(
            instead, "",
            "{what} did not come up; complaints: {complaints}"
        );
    }

    /// Waits so many milliseconds at most until an expression is truthy; what was on the screen if it does not become so.
    async fn waits(&mut self, expression: &str, patience: u32) -> Value {
        let script = format!(
            "new Promise((well) => {{
               const begun = performance.now();
               const look = () => {{
                 let is; try {{ is = {expression}; }} catch {{ is = false; }}
                 if (is) well('');
                 else if (performance.now() - begun > {patience}) well(document.body.innerText || 'an empty page');
                 else setTimeout(look, 25);
               }};
               look();
             }})"
        );
        self.browser.eval(&script).await
    }

    /// Waits until these words stand in an element with this selector.
    pub async fn reads(&mut self, selector: &str, words: &str) {
        let what = format!("{words:?} in {selector}");
        self.until(&what, &with(selector, words)).await;
    }

    /// Waits until the middle of an element is in sight, nothing lies over it, and it has stood there for two looks: what is above it may still
    /// be drawn anew. From then on a press that lands elsewhere is swallowed, because nobody presses what has just slid under the mouse.
    async fn aim(&mut self, element: &str) -> (f64, f64) {
        let what = format!("a way to click {element}");
        let reachable = format!("{HAND}.reaches(() => {element})");
        self.until(&what, &reachable).await;
        self.aimed().await
    }

    async fn aimed(&mut self) -> (f64, f64) {
        let at = self.browser.eval("window.__hand.at").await;
        (at[0].as_f64().unwrap(), at[1].as_f64().unwrap())
    }

    async fn mouse(&mut self, kind: &str, (x, y): (f64, f64)) {
        let pressed = kind != "mouseMoved";
        let event = json!({
            "type": kind, "x": x, "y": y, "button": if pressed { "left" } else { "none" },
            "clickCount": u8::from(pressed),
        });
        self.browser.call("Input.dispatchMouseEvent", event).await;
    }

    /// Clicks an element; again, if it was drawn anew under the mouse.
    pub async fn click(&mut self, element: &str) {
        for _ in 0..TRIES {
            let at = self.aim(element).await;
            if self.lands(at).await {
                return;
            }
        }
        panic!("{element} was drawn anew under {TRIES} clicks");
    }

    /// Presses and lets go; whether it was what was aimed at.
    async fn lands(&mut self, at: (f64, f64)) -> bool {
        self.mouse("mouseMoved", at).await;
        self.mouse("mousePressed", at).await;
        self.mouse("mouseReleased", at).await;
        self.browser.eval("window.__hand.lands()").await == json!(true)
    }

    /// Clicks what an element shows only while the mouse rests on it; the mouse comes anew if it was drawn anew meanwhile.
    pub async fn click_within(&mut self, element: &str, inner: &str) {
        let inner = format!("{element}?.querySelector('{inner}')");
        let reachable = format!("{HAND}.reaches(() => {inner})");
        for _ in 0..TRIES {
            let at = self.aim(element).await;
            self.mouse("mouseMoved", at).await;
            if self.waits(&reachable, A_LOOK).await != "" {
                continue;
            }
            let at = self.aimed().await;
            if self.lands(at).await {
                return;
            }
        }
        self.picture(&picture("failed")).await;
        panic!("{inner} is not shown to a mouse that rests on its message");
    }

    /// Clicks a button by its words, within an element with this selector.
    pub async fn press(&mut self, within: &str, words: &str) {
        let selector = format!("{within} button");
        let found = format!(
            "[...document.querySelectorAll({})].filter((one) => one.textContent.trim() === {}).at(-1)",
            quoted(&selector),
            quoted(words)
        );
        self.click(&found).await;
    }

    /// Types words where the cursor is.
    pub async fn types(&mut self, text: &str) {
        self.browser
            .call("Input.insertText", json!({ "text": text }))
            .await;
    }

    /// Presses Enter.
    pub async fn enter(&mut self) {
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r",
            });
            self.browser.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Presses the arrow down.
    pub async fn down(&mut self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": "ArrowDown", "code": "ArrowDown", "windowsVirtualKeyCode": 40,
            });
            self.browser.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Picks a file in the dialog that a field for files opens.
    pub async fn picks(&mut self, field: &str, file: &Path) {
        let page = self.browser.call("DOM.getDocument", json!({})).await;
        let wanted = json!({ "nodeId": page["root"]["nodeId"], "selector": field });
        let found = self.browser.call("DOM.querySelector", wanted).await;
        let picked = json!({ "nodeId": found["nodeId"], "files": [file] });
        self.browser.call("DOM.setFileInputFiles", picked).await;
    }

    /// Chooses an option of a select by its words, as the keyboard does.
    pub async fn choose(&mut self, select: &str, words: &str) {
        let what = format!("the choice {words:?}");
        let choose = format!(
            "(() => {{
               const node = {select};
               const option = [...(node?.options ?? [])].find((one) => one.text.includes({words}));
               if (!option) return false;
               node.focus();
               node.value = option.value;
               for (const kind of ['input', 'change']) node.dispatchEvent(new Event(kind, {{ bubbles: true }}));
               return true;
             }})()",
            words = quoted(words)
        );
        self.until(&what, &choose).await;
    }

    /// Follows something in the frame of the record.
    pub async fn in_record(&mut self, what: &str, action: &str) {
        let script = format!(
            "(() => {{ const page = document.getElementById('record').contentDocument; return {action}; }})()"
        );
        self.until(what, &script).await;
    }

    /// Takes a picture.
    pub async fn picture(&mut self, file: &Path) {
        let taken = self
            .browser
            .call("Page.captureScreenshot", json!({ "format": "png" }))
            .await;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(taken["data"].as_str().unwrap())
            .unwrap();
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
}
