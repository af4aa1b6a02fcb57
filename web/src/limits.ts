// What this page keeps in memory, whatever the broker sends. Every list and string below has its bound here.

export const topics_max = 20_000;
export const nodes_max = 100_000;
export const name_characters_max = 16_000_000;
// The broker refuses deeper topics over HTTP; over MQTT a topic of 65 535 slashes is legal, and no tree can show it.
export const levels_max = 128;
export const preview_characters_max = 4096;
// More than this at once makes the browser's layout crawl; the detail pane then offers the rest behind a button.
export const shown_characters_max = 65_536;
// Of bytes in hex, which take five characters each.
export const hex_bytes_max = 4096;
// Branches open by themselves only while the tree is small enough to take in at a glance.
export const open_nodes_max = 200;
// Longest payload that still fits in one argument of a Linux command line (MAX_ARG_STRLEN, less quoting).
export const argument_characters_max = 100_000;
export const answer_timeout_ms = 30_000;
// Of the message before the newest one, kept for comparing; longer ones are compared while their topic is selected.
export const previous_characters_max = 1024;
// While the page is paused.
export const held_characters_max = 32_000_000;
// Of the selected topic: lines of two payloads that are compared.
export const compared_lines_max = 600;
// Of a client that is watched.
export const client_events_max = 200;
// Of an answer that is tried from the page of the API.
export const tried_bytes_max = 65_536;
// Of the page's own MQTT client.
export const client_messages_max = 200;
// Of the answer that /contrast draws; the receivers are as many as the server takes.
export const contrast_rows_max = 100;
export const contrast_notes_max = 100;
export const contrast_receivers_max = 1000;
// The server takes ten seconds at the most, and then has to close its connections.
export const contrast_timeout_ms = 60_000;
