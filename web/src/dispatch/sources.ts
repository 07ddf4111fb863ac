/** The channels that a dispatcher may take an incident in from; codes of the API. */
export const sources = [
  'hotline_12345',
  'patrol',
  'public_report',
  'hotline_110',
  'department',
  'sensor',
] as const
