// The first characters of a long text. Never half of a surrogate pair, and never a hidden hold on the whole text:
// engines make a slice point into its parent, so the copy goes over a new string.
export function beginning(text: string, characters: number): string {
  if (text.length <= characters) return text;
  const last = text.charCodeAt(characters - 1);
  const end = last >= 0xd800 && last <= 0xdbff ? characters - 1 : characters;
  return ` ${text.slice(0, end)}`.slice(1);
}
