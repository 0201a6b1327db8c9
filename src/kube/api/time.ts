/** metav1.Time of milliseconds since the epoch: RFC 3339 with whole seconds. */
export const apiTime = (epochMs: number): string => new Date(epochMs).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** metav1.MicroTime: six digits of fraction. */
export const apiMicroTime = (epochMs: number): string =>
  new Date(epochMs).toISOString().replace(/(\.\d{3})Z$/, '$1000Z');
