/** Into how many text messages a text goes: `channels_app/sms/segments.py` in the browser (3GPP TS 23.038, 23.040). */

const BASIC = new Set(
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
);
const EXTENDED = new Set("^{}\\[~]|€\f");
const SHORT = { alone: 160, each: 153, size: (char) => (EXTENDED.has(char) ? 2 : 1) };
const UNICODE = { alone: 70, each: 67, size: (char) => char.length };

/** {count, left}: how many messages, and what the last still holds. */
export function segmentsOf(text) {
  const chars = [...text];
  const { alone, each, size } = chars.every((char) => BASIC.has(char) || EXTENDED.has(char)) ? SHORT : UNICODE;
  const total = chars.reduce((sum, char) => sum + size(char), 0);
  if (total <= alone) return { count: text ? 1 : 0, left: alone - total };
  let [count, used] = [1, 0];
  for (const char of chars) {
    if (used + size(char) > each) [count, used] = [count + 1, 0];
    used += size(char);
  }
  return { count, left: each - used };
}
