// Messages on their way to the broker at QoS 1 and 2: kept until acknowledged, over lost connections too. Bounded.
// Bytes go out through the function it is given; it knows no socket.
import { encode_acknowledgement, encode_publish, type message } from './packets';

export interface publish_result {
  accepted: boolean; // by the broker; at QoS 0: given to the connection
  reason: number; // as the broker said; 0 where it said nothing
  text: string; // why not
}

interface journey {
  message: message;
  released: boolean; // QoS 2: PUBREC has come, PUBREL is out
  sent_before: boolean;
  settle: (result: publish_result) => void;
}

export const outgoing_max = 1000;
export const refused = (text: string, reason = 0): publish_result => ({ accepted: false, reason, text });
const accepted = (reason: number): publish_result => ({ accepted: true, reason, text: '' });

export class outgoing {
  private waiting_: journey[] = [];
  private readonly sent_ = new Map<number, journey>();
  private receive_maximum_ = 0; // 0: not connected

  constructor(
    private readonly send_: (bytes: Uint8Array<ArrayBuffer>) => void,
    private readonly next_id_: () => number,
  ) {}

  in_use(id: number): boolean {
    return this.sent_.has(id);
  }

  unsettled(): number {
    return this.waiting_.length + this.sent_.size;
  }

  add(message: message): Promise<publish_result> {
    if (this.unsettled() >= outgoing_max) return Promise.resolve(refused('too many messages are waiting'));
    return new Promise((settle) => {
      this.waiting_.push({ message, released: false, sent_before: false, settle }); // bounded: outgoing_max
      this.flush();
    });
  }

  // The broker's receive maximum bounds what is under way at once. [MQTT-4.9.0-2]
  connected(session_present: boolean, receive_maximum: number): void {
    this.receive_maximum_ = receive_maximum;
    const before = [...this.sent_];
    this.sent_.clear();
    if (session_present) for (const [id, each] of before) this.transmit(id, each);
    else this.begin_again(before.map(([, each]) => each));
    this.flush();
  }

  disconnected(): void {
    this.receive_maximum_ = 0;
  }

  give_up(text: string): void {
    const all = [...this.sent_.values(), ...this.waiting_];
    this.sent_.clear();
    this.waiting_ = [];
    for (const { settle } of all) settle(refused(text));
  }

  acknowledged(id: number, reason: number, text: string): void {
    const journey = this.sent_.get(id);
    if (!journey) return;
    this.sent_.delete(id);
    journey.settle(reason < 0x80 ? accepted(reason) : refused(text, reason));
    this.flush();
  }

  received(id: number, reason: number, text: string): void {
    const journey = this.sent_.get(id);
    if (reason >= 0x80) return this.acknowledged(id, reason, text); // [MQTT-4.3.3-4]
    if (journey) journey.released = true;
    this.send_(encode_acknowledgement('pubrel', id, journey ? 0 : 0x92)); // packet identifier not found
  }

  // The broker has forgotten the session: what it may not have got is sent anew, what it has got is done.
  private begin_again(journeys: journey[]): void {
    for (const each of journeys) if (each.released) each.settle(accepted(0));
    const unreleased = journeys.filter(({ released }) => !released);
    for (const each of unreleased) each.sent_before = false;
    this.waiting_.unshift(...unreleased);
  }

  private flush(): void {
    while (this.sent_.size < this.receive_maximum_) {
      const next = this.waiting_.shift();
      if (!next) return;
      this.transmit(this.next_id_(), next);
    }
  }

  private transmit(id: number, journey: journey): void {
    this.sent_.set(id, journey);
    if (journey.released) this.send_(encode_acknowledgement('pubrel', id));
    else this.send_(encode_publish(journey.message, id, journey.sent_before));
    journey.sent_before = true;
  }
}
