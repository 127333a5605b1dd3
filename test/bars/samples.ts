import type { ReadOptions } from '../../host/bars/index.ts';

export type Sample = {
  readonly form: string;
  readonly file: string;
  readonly lines: readonly string[];
  readonly options?: ReadOptions;
  readonly symbol: string;
  readonly zone: string;
  readonly rows: readonly string[];
  readonly notes?: readonly string[];
};

const utcNote = 'no time zone is given: times are taken as UTC';

/** Two bars of each form, in the words and digits of the exports themselves. */
export const samples: readonly Sample[] = [
  {
    form: 'windrow',
    file: 'EURUSD.csv',
    lines: [
      'ts_utc,open,high,low,close,volume',
      '2024-07-01 00:00:00,1.07,1.0702,1.0699,1.0701,12',
      '2024-07-01 00:01:00,1.0701,1.0701,1.07,1.07,',
    ],
    symbol: 'eurusd',
    zone: 'UTC',
    rows: [
      '2024-07-01 00:00:00,1.07,1.0702,1.0699,1.0701,12',
      '2024-07-01 00:01:00,1.0701,1.0701,1.07,1.07,',
    ],
  },
  {
    form: 'metatrader 4',
    file: 'EURUSD1.csv',
    lines: [
      '2024.07.01,03:00,1.07000,1.07020,1.06990,1.07010,12',
      '2024.07.01,03:01,1.07010,1.07010,1.07000,1.07000,7',
    ],
    options: { symbol: 'EURUSD', zone: 'Europe/Athens' },
    symbol: 'eurusd',
    zone: 'Europe/Athens',
    rows: [
      '2024-07-01 00:00:00,1.07,1.0702,1.0699,1.0701,12',
      '2024-07-01 00:01:00,1.0701,1.0701,1.07,1.07,7',
    ],
  },
  {
    form: 'metatrader 5',
    file: 'USDJPY_M1_202407010000_202407010001.csv',
    lines: [
      '<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.07.01\t00:00:00\t160.800\t160.820\t160.790\t160.810\t55\t0\t12',
      '2024.07.01\t00:01:00\t160.810\t160.810\t160.800\t160.800\t31\t0\t9',
    ],
    symbol: 'usdjpy',
    zone: 'UTC',
    rows: [
      '2024-07-01 00:00:00,160.8,160.82,160.79,160.81,55',
      '2024-07-01 00:01:00,160.81,160.81,160.8,160.8,31',
    ],
    notes: [utcNote],
  },
  {
    form: 'metatrader 5',
    file: 'EURUSD_Daily_202407010000_202407020000.csv',
    lines: [
      '<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>',
      '2024.07.01\t1.07\t1.08\t1.06\t1.075\t55000\t0\t1',
      '2024.07.02\t1.075\t1.08\t1.07\t1.071\t51000\t0\t1',
    ],
    symbol: 'eurusd',
    zone: '',
    rows: [
      '2024-07-01 00:00:00,1.07,1.08,1.06,1.075,55000',
      '2024-07-02 00:00:00,1.075,1.08,1.07,1.071,51000',
    ],
  },
  {
    // Five hours behind London, which is at UTC+1 in July and at UTC in January.
    form: 'histdata',
    file: 'DAT_ASCII_EURUSD_M1_2024.csv',
    lines: [
      '20240102 170000;1.104270;1.104290;1.104250;1.104290;0',
      '20240701 170000;1.104300;1.104310;1.104300;1.104300;0',
    ],
    symbol: 'eurusd',
    zone: 'Europe/London-05:00',
    rows: [
      '2024-01-02 22:00:00,1.10427,1.10429,1.10425,1.10429,0',
      '2024-07-01 21:00:00,1.1043,1.10431,1.1043,1.1043,0',
    ],
  },
  {
    form: 'dukascopy',
    file: 'EURUSD_Candlestick_1_M_BID_01.07.2024-02.07.2024.csv',
    lines: [
      'Gmt time,Open,High,Low,Close,Volume',
      '01.07.2024 00:00:00.000,1.0753,1.07542,1.0753,1.0754,101.48',
      '01.07.2024 00:01:00.000,1.0754,1.0755,1.0753,1.0755,88.1',
    ],
    symbol: 'eurusd',
    zone: 'UTC',
    rows: [
      '2024-07-01 00:00:00,1.0753,1.07542,1.0753,1.0754,101.48',
      '2024-07-01 00:01:00,1.0754,1.0755,1.0753,1.0755,88.1',
    ],
  },
  {
    form: 'dukascopy',
    file: 'USDJPY_Candlestick_1_h_BID_01.07.2024-02.07.2024.csv',
    lines: [
      'Local time,Open,High,Low,Close,Volume',
      '01.07.2024 02:00:00.000 GMT+0200,160.8,160.9,160.7,160.85,1234.5',
      '01.07.2024 03:00:00.000 GMT+0200,160.85,160.9,160.8,160.81,1000',
    ],
    symbol: 'usdjpy',
    zone: '',
    rows: [
      '2024-07-01 00:00:00,160.8,160.9,160.7,160.85,1234.5',
      '2024-07-01 01:00:00,160.85,160.9,160.8,160.81,1000',
    ],
  },
  {
    form: 'dukascopy',
    file: 'gbp_usd.csv',
    lines: [
      '"Time (EET)","Open","High","Low","Close","Volume "',
      '2024.07.01 03:00:00,1.26,1.27,1.25,1.265,12',
      '2024.07.01 03:01:00,1.265,1.266,1.264,1.264,7',
    ],
    symbol: 'gbpusd',
    zone: 'EET',
    rows: ['2024-07-01 00:00:00,1.26,1.27,1.25,1.265,12', '2024-07-01 00:01:00,1.265,1.266,1.264,1.264,7'],
  },
  {
    form: 'yahoo',
    file: '^GSPC.csv',
    lines: [
      'Date,Open,High,Low,Close,Adj Close,Volume',
      '2024-07-01,5471.08,5479.55,5446.53,5475.09,5475.09,3488760000',
      '2024-07-02,5461.84,5509.69,5458.43,5509.01,5509.01,3329950000',
    ],
    symbol: 'gspc',
    zone: '',
    rows: [
      '2024-07-01 00:00:00,5471.08,5479.55,5446.53,5475.09,3488760000',
      '2024-07-02 00:00:00,5461.84,5509.69,5458.43,5509.01,3329950000',
    ],
  },
  {
    form: 'yahoo',
    file: 'AAPL.csv',
    lines: [
      'Datetime,Open,High,Low,Close,Adj Close,Volume',
      '2024-07-01 09:30:00-04:00,212.09,213.5,211.9,213.1,213.1,0',
      '2024-07-01 10:30:00-04:00,213.1,214.2,213,214,214,5123456',
    ],
    symbol: 'aapl',
    zone: '',
    rows: [
      '2024-07-01 13:30:00,212.09,213.5,211.9,213.1,0',
      '2024-07-01 14:30:00,213.1,214.2,213,214,5123456',
    ],
  },
  {
    // Newest first, in New York time.
    form: 'alpha vantage',
    file: 'intraday_5min_IBM.csv',
    lines: [
      'timestamp,open,high,low,close,volume',
      '2024-07-01 10:00:00,173.5,173.6,173.4,173.55,1200',
      '2024-07-01 09:55:00,173.4,173.5,173.3,173.5,900',
    ],
    symbol: 'ibm',
    zone: 'America/New_York',
    rows: [
      '2024-07-01 13:55:00,173.4,173.5,173.3,173.5,900',
      '2024-07-01 14:00:00,173.5,173.6,173.4,173.55,1200',
    ],
  },
  {
    form: 'alpha vantage',
    file: 'daily_adjusted_IBM.csv',
    lines: [
      'timestamp,open,high,low,close,adjusted_close,volume,dividend_amount,split_coefficient',
      '2024-07-02,175.1,176.2,174.8,175.1,173.4,2500000,0.0000,1.0',
      '2024-07-01,173.45,176.46,173.38,175.1,173.4,3320691,0.0000,1.0',
    ],
    symbol: 'ibm',
    zone: '',
    rows: [
      '2024-07-01 00:00:00,173.45,176.46,173.38,175.1,3320691',
      '2024-07-02 00:00:00,175.1,176.2,174.8,175.1,2500000',
    ],
  },
  {
    form: 'binance',
    file: 'BTCUSDT-1m-2024-07.csv',
    lines: [
      '1719792000000,62772.01,62815.90,62772.00,62810.26,27.63541,1719792059999,1735393.92,1567,14.87,934001.1,0',
      '1719792060000,62810.26,62830.00,62800.00,62820.00,11.20000,1719792119999,703000.00,800,5.00,314000.0,0',
    ],
    symbol: 'btcusdt',
    zone: '',
    rows: [
      '2024-07-01 00:00:00,62772.01,62815.9,62772,62810.26,27.63541',
      '2024-07-01 00:01:00,62810.26,62830,62800,62820,11.2',
    ],
  },
  {
    // Microseconds since January 2025, under a header.
    form: 'binance',
    file: 'ETHUSDT-1m-2025-01-01.csv',
    lines: [
      'open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore',
      '1735689600000000,3337.78,3339.00,3337.00,3338.50,60.1,1735689659999999,200600.1,500,30,100300,0',
      '1735689660000000,3338.50,3340.00,3338.00,3339.50,40.2,1735689719999999,134200.1,400,20,66800,0',
    ],
    symbol: 'ethusdt',
    zone: '',
    rows: [
      '2025-01-01 00:00:00,3337.78,3339,3337,3338.5,60.1',
      '2025-01-01 00:01:00,3338.5,3340,3338,3339.5,40.2',
    ],
  },
  {
    form: 'plain',
    file: 'audusd.txt',
    lines: ['2024-07-01T00:00:00Z|0.66|0.67|0.65|0.665|3', '2024-07-01T00:01:00Z|0.665|0.666|0.664|0.664|4'],
    symbol: 'audusd',
    zone: '',
    rows: ['2024-07-01 00:00:00,0.66,0.67,0.65,0.665,3', '2024-07-01 00:01:00,0.665,0.666,0.664,0.664,4'],
  },
  {
    form: 'columns',
    file: 'prices-of-acme.csv',
    lines: [
      'Id;Last;First;Top;Bottom;When',
      '1;10.5;10;11;9;07/01/2024 09:30',
      '2;10.6;10.5;10.7;10.4;07/01/2024 09:35',
    ],
    options: {
      columns: ['-', 'close', 'open', 'high', 'low', 'time'],
      symbolPattern: 'of-(\\w+)',
      zone: 'America/New_York',
      label: 'end',
    },
    symbol: 'acme',
    zone: 'America/New_York',
    rows: ['2024-07-01 13:25:00,10,11,9,10.5,', '2024-07-01 13:30:00,10.5,10.7,10.4,10.6,'],
  },
  {
    form: 'columns',
    file: 'eurusd.csv',
    lines: ['01/07/2024,0000,1.07,1.08,1.06,1.075', '01/07/2024,0100,1.075,1.08,1.07,1.071'],
    options: {
      columns: ['date', 'clock', 'open', 'high', 'low', 'close'],
      dateOrder: 'dmy',
      zone: '+01:00',
      label: 'end',
      intervalMinutes: 30,
    },
    symbol: 'eurusd',
    zone: '+01:00',
    rows: ['2024-06-30 22:30:00,1.07,1.08,1.06,1.075,', '2024-06-30 23:30:00,1.075,1.08,1.07,1.071,'],
  },
];
