// Reed-Solomon over GF(256) with the polynomial of QR codes, x^8 + x^4 + x^3 + x^2 + 1.

const exponents: number[] = [];
for (let i = 0, value = 1; i < 255; i++) {
  exponents.push(value);
  value = value < 128 ? value * 2 : (value * 2) ^ 0x11d;
}
const logarithms = new Map(exponents.map((value, i) => [value, i]));

function product(left: number, right: number): number {
  if (left === 0 || right === 0) return 0;
  return exponents[(logarithms.get(left)! + logarithms.get(right)!) % 255]!;
}

// (x - 1)(x - 2)(x - 4)..., the first coefficient, 1, left out.
function generator(count: number): number[] {
  let found = [1];
  for (let i = 0; i < count; i++)
    found = [...found, 0].map((value, at) => value ^ (at === 0 ? 0 : product(found[at - 1]!, exponents[i]!)));
  return found.slice(1);
}

export function check_bytes(data: number[], count: number): number[] {
  const divisor = generator(count);
  let rest = Array<number>(count).fill(0);
  for (const byte of data) {
    const factor = byte ^ rest[0]!;
    rest = [...rest.slice(1), 0].map((value, i) => value ^ product(divisor[i]!, factor));
  }
  return rest;
}
