import { isIPv6 } from 'node:net';

/**
 * Returns what a client's address is counted by: of IPv4 itself, of IPv6 its /64, which one client has for itself.
 *
 * @param address as sockets and trusted proxies give it: some of these add the port, which each connection has another of.
 */
export function clientNetwork(address: string): string {
  const [bare = ''] = withoutPort(address).split('%');
  if (!isIPv6(bare)) return bare;
  // The URL parser writes an address in one way: lower case, shortest, no dotted end.
  const canonical = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill('0');
  const groups = [...before, ...zeros, ...after];
  if (groups.slice(0, 6).join(':') === '0:0:0:0:0:ffff') return mapped(groups[6], groups[7]);
  return `${groups.slice(0, 4).join(':')}::/64`;
}

// 192.0.2.1:443, [2001:db8::1]:443 and [2001:db8::1].
function withoutPort(address: string): string {
  const [, ipv4, ipv6] = /^(?:(\d+\.\d+\.\d+\.\d+):\d+|\[([^\]]+)\](?::\d+)?)$/.exec(address) ?? [];
  return ipv4 ?? ipv6 ?? address;
}

// ::ffff:c000:201 is 192.0.2.1.
function mapped(high = '0', low = '0'): string {
  return [high, low]
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.');
}
