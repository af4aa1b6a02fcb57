// The wire types of MQTT 5 (section 1.5), written and read. What does not fit, or is not there, is a wire_error.

export class wire_error extends Error {}

export const remaining_length_max = 268_435_455;
const two_byte_max = 0xffff;

export class byte_writer {
  private bytes_ = new Uint8Array(64);
  private length_ = 0;

  byte(value: number): this {
    this.room(1)[this.length_++] = value;
    return this;
  }

  two_bytes(value: number): this {
    return this.byte((value >> 8) & 0xff).byte(value & 0xff);
  }

  four_bytes(value: number): this {
    return this.two_bytes(Math.floor(value / 0x10000)).two_bytes(value & 0xffff);
  }

  variable(value: number): this {
    if (!(value >= 0 && value <= remaining_length_max)) throw new wire_error(`${value} is no length`);
    let rest = value;
    do {
      const digit = rest % 128;
      rest = Math.floor(rest / 128);
      this.byte(rest > 0 ? digit | 0x80 : digit);
    } while (rest > 0);
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.room(bytes.length).set(bytes, this.length_);
    this.length_ += bytes.length;
    return this;
  }

  binary(bytes: Uint8Array): this {
    if (bytes.length > two_byte_max) throw new wire_error('longer than 65 535 bytes');
    return this.two_bytes(bytes.length).raw(bytes);
  }

  text(value: string): this {
    if (value.includes('\0')) throw new wire_error('holds U+0000'); // [MQTT-1.5.4-2]
    return this.binary(to_utf8(value));
  }

  done(): Uint8Array<ArrayBuffer> {
    return this.bytes_.slice(0, this.length_);
  }

  private room(more: number): Uint8Array {
    if (this.length_ + more > this.bytes_.length) {
      const wider = new Uint8Array(Math.max(this.bytes_.length * 2, this.length_ + more));
      wider.set(this.bytes_);
      this.bytes_ = wider;
    }
    return this.bytes_;
  }
}

export class byte_reader {
  private at_ = 0;

  constructor(private readonly bytes_: Uint8Array) {}

  left(): number {
    return this.bytes_.length - this.at_;
  }

  byte(): number {
    const value = this.bytes_[this.at_];
    if (value === undefined) throw new wire_error('the packet ends early');
    this.at_++;
    return value;
  }

  two_bytes(): number {
    return this.byte() * 0x100 + this.byte();
  }

  four_bytes(): number {
    return this.two_bytes() * 0x10000 + this.two_bytes();
  }

  variable(): number {
    let value = 0;
    for (let weight = 1; weight <= 128 ** 3; weight *= 128) {
      const digit = this.byte();
      value += (digit & 0x7f) * weight;
      if (digit < 0x80) return value;
    }
    throw new wire_error('a length of more than four bytes'); // [MQTT-1.5.5-1]
  }

  raw(length: number): Uint8Array {
    if (length > this.left()) throw new wire_error('the packet ends early');
    const found = this.bytes_.slice(this.at_, this.at_ + length);
    this.at_ += length;
    return found;
  }

  rest(): Uint8Array {
    return this.raw(this.left());
  }

  binary(): Uint8Array {
    return this.raw(this.two_bytes());
  }

  text(): string {
    const value = from_utf8(this.binary());
    if (value === undefined) throw new wire_error('text that is not UTF-8'); // [MQTT-1.5.4-1]
    return value;
  }
}

export function to_utf8(text: string): Uint8Array<ArrayBuffer> {
  // The encoder would make U+FFFD of half a surrogate pair: another topic than the one that was asked for.
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?:[^\ud800-\udbff]|^)[\udc00-\udfff]/.test(text))
    throw new wire_error('half of a surrogate pair has no UTF-8 form');
  return new TextEncoder().encode(text);
}

// undefined where the bytes are no UTF-8: then they are binary.
export function from_utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes); // [MQTT-1.5.4-3] U+FEFF stays
  } catch {
    return undefined;
  }
}
