// What comes while the page is paused: the newest message of each topic, and how many there were. Bounded like the tree.
import type { envelope } from './envelope';
import { held_characters_max, topics_max } from './limits';

interface held {
  message: envelope;
  replayed: boolean;
  messages: number;
}

export class held_messages {
  refused = 0; // messages that found no room
  private readonly by_topic_ = new Map<string, held>();
  private characters_ = 0;

  hold(message: envelope, replayed: boolean): void {
    const before = this.by_topic_.get(message.topic);
    const grown = size(message) - (before ? size(before.message) : 0);
    if ((!before && this.by_topic_.size >= topics_max) || this.characters_ + grown > held_characters_max) {
      this.refused++;
      return;
    }
    this.characters_ += grown;
    this.by_topic_.set(message.topic, { message, replayed, messages: (before?.messages ?? 0) + 1 });
  }

  release(take: (message: envelope, replayed: boolean, messages: number) => void): void {
    for (const { message, replayed, messages } of this.by_topic_.values()) take(message, replayed, messages);
    this.by_topic_.clear();
    this.characters_ = 0;
  }
}

function size({ topic, payload }: envelope): number {
  return topic.length + payload.length;
}
