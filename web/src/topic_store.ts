// Every topic seen and its newest value, as a tree. Bounded by limits.ts: what does not fit is counted, never forgotten silently.
import { beginning } from './beginning';
import { payload_bytes, type envelope } from './envelope';
import {
  levels_max,
  name_characters_max,
  nodes_max,
  open_nodes_max,
  preview_characters_max,
  previous_characters_max,
  topics_max,
} from './limits';

export interface kept_message extends envelope {
  characters: number; // of the whole payload, of which `payload` may be only the beginning
  cut: boolean;
  binary_bytes: number; // 0 for text: counting its bytes would read all of it, for every message
}

export interface topic_node {
  level: string;
  topic: string;
  parent: topic_node | undefined;
  children: topic_node[]; // sorted
  open: boolean;
  message: kept_message | undefined;
  previous: kept_message | undefined; // only if it is short
  messages: number; // here and below
  topics: number; // here and below
  changed_at: number; // milliseconds on the page's clock; retained values that were only read count as never
}

const order = new Intl.Collator('en', { numeric: true });

export class topic_store {
  readonly root = make_node('', '', undefined, true);
  structure = 0; // grows whenever a node is added
  refused = 0; // messages that found no room
  private readonly nodes_ = new Map<string, topic_node>();
  private name_characters_ = 0;

  // replayed: the broker says this value was already there when the stream opened.
  // messages: how many it stands for, where the page was paused.
  take(given: envelope, replayed: boolean, now: number, messages = 1): void {
    const node = this.place(given.topic);
    if (!node) {
      this.refused += messages;
      return;
    }
    const before = node.message;
    if (before && before.id !== '' && before.id === given.id) return; // a resumed stream repeats itself
    if (before && replayed && given.ts < before.ts) return; // an event came after the retained value
    node.previous = before && before.characters <= previous_characters_max ? before : undefined;
    node.message = keep(given);
    const first = before === undefined ? 1 : 0;
    for (let at: topic_node | undefined = node; at; at = at.parent) {
      at.messages += messages;
      at.topics += first;
      if (!replayed) at.changed_at = now;
    }
  }

  find(topic: string): topic_node | undefined {
    return this.nodes_.get(topic);
  }

  open_all(open: boolean): void {
    for (const node of this.nodes_.values()) node.open = open;
    this.structure++;
  }

  private place(topic: string): topic_node | undefined {
    const known = this.nodes_.get(topic);
    if (known?.message) return known;
    if (this.root.topics >= topics_max) return undefined;
    if (known) return known;
    const levels = topic.split('/');
    if (levels.length > levels_max || this.nodes_.size + levels.length > nodes_max) return undefined;
    if (this.name_characters_ + topic.length * 2 > name_characters_max) return undefined;
    let node = this.root;
    let end = -1;
    for (const level of levels) {
      end = topic.indexOf('/', end + 1);
      const path = end < 0 ? topic : topic.slice(0, end);
      node = this.nodes_.get(path) ?? this.add(node, level, path);
    }
    return node;
  }

  private add(parent: topic_node, level: string, topic: string): topic_node {
    const node = make_node(level, topic, parent, this.nodes_.size < open_nodes_max);
    parent.children.splice(insertion_index(parent.children, level), 0, node);
    this.nodes_.set(topic, node);
    this.name_characters_ += level.length + topic.length;
    this.structure++;
    return node;
  }
}

function make_node(level: string, topic: string, parent: topic_node | undefined, open: boolean): topic_node {
  return {
    level,
    topic,
    parent,
    open,
    children: [],
    message: undefined,
    previous: undefined,
    messages: 0,
    topics: 0,
    changed_at: -Infinity,
  };
}

export function keep(given: envelope): kept_message {
  const characters = given.payload.length;
  const binary_bytes = given.binary ? payload_bytes(given) : 0;
  const payload = beginning(given.payload, preview_characters_max);
  return { ...given, payload, characters, cut: characters > preview_characters_max, binary_bytes };
}

function insertion_index(sorted: topic_node[], level: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compare(sorted[middle]!.level, level) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Numbers in names sort as numbers; levels that only look alike to the collator still have one order.
function compare(a: string, b: string): number {
  return order.compare(a, b) || (a < b ? -1 : 1);
}
