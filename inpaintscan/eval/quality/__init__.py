"""How good fills are, without a detector: FID, NIQE, PSNR and SSIM."""
