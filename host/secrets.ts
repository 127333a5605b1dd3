/**
 * A text without the passwords of URLs in it. One that was not escaped may hold any separator, so all up to the last @ of the
 * word goes; and so does what stands between a colon and an @ where the URL itself is mistyped, and what a query, or a list of
 * settings as libpq takes it, calls a password.
 */
export const withoutPasswords = (text: string): string =>
  text
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:]*):\S*@/gi, '$1:***@')
    .replace(/([^\s:/@]):(?!\/\/)\S*@/g, '$1:***@')
    .replace(/\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&"']+)/gi, '$1***');
