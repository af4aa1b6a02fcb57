// At most twenty values a second leave a slider or joystick; the last one always does, as a final one.

const gap_ms = 50;

export class throttle {
  private next_: { value: string; final: boolean } | undefined;
  private free_at_ = 0;
  private timer_: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly send_: (value: string, final: boolean) => void) {}

  offer(value: string, final: boolean): void {
    this.next_ = { value, final };
    if (this.timer_ !== undefined) return;
    const wait = this.free_at_ - performance.now();
    if (wait <= 0) this.go();
    else this.timer_ = setTimeout(() => this.go(), wait);
  }

  private go(): void {
    this.timer_ = undefined;
    const { next_: next } = this;
    if (!next) return;
    this.next_ = undefined;
    this.free_at_ = performance.now() + gap_ms;
    this.send_(next.value, next.final);
  }
}
