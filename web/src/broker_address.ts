// Where MQTT clients find this broker: the host of this page, and the port that the broker describes.
import { signal } from '@preact/signals';
import { members, read } from './request';

export interface broker_address {
  host: string;
  port: number;
}

export const broker_address = signal<broker_address>({ host: '127.0.0.1', port: 1883 });

export async function find_broker(): Promise<void> {
  broker_address.value = { ...broker_address.value, host: location.hostname };
  const given = await read('/api/v1/asyncapi.json');
  if (!given.ok) return;
  const servers = Object.values(members(members(given.value).servers)).map(members);
  const port = Number(String(servers.find(({ protocol }) => protocol === 'mqtt')?.host).match(/:(\d+)$/)?.[1]);
  if (port > 0) broker_address.value = { host: location.hostname, port };
}
