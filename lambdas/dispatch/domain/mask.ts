/** Names, phone numbers and account ids as they may be shown (dispatch rules §7). Pure. */

/** Stars stand for what is hidden, three at most: a long name does not tell its length, and a mask is 5 characters at most. */
const MOST_STARS = 3;

/**
 * `김도연` → `김*연`, `김연` → `김*`, `Kim Doyeon` → `K***n`: the first character and, from three on, the last.
 * Line breaks, control and formatting characters are dropped: a name must not bend the text it stands in.
 */
export function maskName(name: string): string {
  const letters = Array.from(
    name
      .normalize('NFC')
      .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '')
      .trim(),
  );
  const [first, last] = [letters[0], letters.at(-1)];
  if (first === undefined || last === undefined) return '';
  if (letters.length === 1) return '*';
  if (letters.length === 2) return `${first}*`;
  return `${first}${'*'.repeat(Math.min(MOST_STARS, letters.length - 2))}${last}`;
}

/** `010-1234-5678` → `010-12**-56**`: of the last two groups the first half; so is `+821012345678`. */
export function maskPhone(phone: string): string {
  const digits = phone.replace(/^\+82/, '0').replace(/\D/g, '');
  const [head, middle, tail] = [digits.slice(0, 3), digits.slice(3, -4), digits.slice(-4)];
  // Too short to be a number: nothing of it is shown.
  if (digits.length < 9) return '*'.repeat(digits.length);
  return [head, maskHalf(middle), maskHalf(tail)].join('-');
}

const maskHalf = (digits: string): string => {
  const kept = Math.floor(digits.length / 2);
  return digits.slice(0, kept) + '*'.repeat(digits.length - kept);
};

/** `A0005300` → `****5300`: the last half, four characters at most, is enough for a customer to know the account. */
export function maskAccountId(accountId: string): string {
  const shown = Math.min(4, Math.floor(accountId.length / 2));
  return '*'.repeat(accountId.length - shown) + accountId.slice(accountId.length - shown);
}
