//! The console's texts in English.

use super::{Texts, grouped};

pub(super) static TEXTS: Texts = Texts {
    close: "Close",

    shortcuts: "Keyboard shortcuts",
    shortcuts_on: "Single keys are shortcuts",
    shortcuts_list: [
        ("↑ ↓ PgUp PgDn Home End", "Scroll the messages"),
        ("Enter", "Open a message"),
        ("Esc", "Close"),
    ],

    event_type: "Type",
    channel: "Channel",
    published: "Published",
    arrived: "Arrived",
    arrived_with_page: "with the page",
    latency: "Latency",
    latency_hint: "by two clocks, the server’s and yours",
    latency_long: "it was sent again later, or the two clocks differ",
    latency_negative: "the server’s clock and yours differ",
    size: "Size",
    bytes: |count| format!("{} {}", grouped(count), if count == 1 { "byte" } else { "bytes" }),
    content: "Content",

    views: "Views",
    picture: "Picture",
    text: "Text",
    hex: "Hex",
    raw: "Frame",
    wrap: "Wrap lines",
    more: |count, left| format!("{} more of {}", grouped(count), grouped(left)),
    more_bytes: |count, left| format!("{} bytes more of {}", grouped(count), grouped(left)),
    show_all: |characters| format!("Show all {} characters", grouped(characters)),
    rounded: |number| format!("JavaScript reads {number}"),
    repeated: "a name again: most programs take the last",
    picture_of: |media_type| format!("The message’s picture, {media_type}"),
    picture_broken: "The browser cannot show this picture; it may be damaged. Its bytes are under Hex.",
    no_frame: "No frame is known: the browser’s EventSource hands over the type, the data and the id, not what they came in.",
    no_frame_with_page: "This message came with the page and not over the stream, so there is no frame.",

    copy_data: "Copy data",
    copy_id: "Copy ID",
    copy_raw: "Copy frame",
    copy_curl: "Copy as curl",
    copied: "Copied",
    copy_by_hand: "The browser does not let this page copy. The text below is selected: press Ctrl+C (⌘C).",
    download: "Download",

    export: "Export",
    export_kept: |count, time| match count {
        1 => format!("The 1 message that is kept as of {time}"),
        _ => format!("All {} messages that are kept as of {time}", grouped(count)),
    },
    export_shown: |count, time| match count {
        1 => format!("The 1 message that the filter shows as of {time}"),
        _ => format!("The {} messages that the filter shows as of {time}", grouped(count)),
    },
    export_jsonl: "Download JSONL",
    export_jsonl_about: "For programs: a JSON object on each line, exactly as it came.",
    export_csv: "Download CSV",
    export_csv_about: "For spreadsheets: UTF-8 with a BOM. A cell that would be a formula gets an apostrophe before it.",
    export_preparing: |percent| format!("Preparing, {percent}%"),
    export_done: |name, bytes| format!("Handed to the browser: {name}, {} bytes", grouped(bytes)),
    export_failed: "There was not enough memory to make the file.",

    rate: "The last minute",
    per_second: "a second",
    peak: |peak| format!("peak {peak}"),
    received: "Received",
    kept: "Kept",
    dropped: "Oldest dropped",
    doubled: "Repeats",
    text_kept: "Text kept",
};
